import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leastJsonBytes, shortenedJson, shortenText } from '../../src/sinks/shorten.ts';
import { safeJson } from '../../src/text/safe-json.ts';
import { sampleAlert } from '../support/alerts.ts';
import { anyAlert } from '../support/any-alert.ts';

test('an alert that fits is left as it is', () => {
  assert.equal(shortenedJson(sampleAlert(0), 8_000), safeJson(sampleAlert(0)));
});

test('the longest strings are cut first, and only as far as needed; the rest stays whole', () => {
  const commandLine = `bash -c ${'x'.repeat(50_000)}`;
  const alert = { ...sampleAlert(0, { CommandLine: commandLine }) };
  const json = shortenedJson(alert, 8_000);
  const length = Buffer.byteLength(json);
  assert.ok(length <= 8_000 && length > 7_950, `${length} bytes`);
  const shortened = JSON.parse(json);
  assert.match(shortened.event.fields.CommandLine, /^bash -c x{6000,}…\[\+\d+ characters\]$/);
  assert.equal(shortened.shortened, true);
  shortened.event.fields.CommandLine = commandLine;
  delete shortened.shortened;
  assert.deepEqual(shortened, alert);
});

test('a list of very many short strings is cut with a mark', () => {
  const argv = Array.from({ length: 30_000 }, (_, n) => `${n}`);
  const alert = { ...sampleAlert(0), event: { ...sampleAlert(0).event, argv } };
  const shortened = JSON.parse(shortenedJson(alert, 8_000)).event.argv;
  assert.equal(shortened[0], '0');
  assert.match(shortened.at(-1), /^…\[\+\d+ items\]$/);
});

test('any alert, however long, becomes valid JSON within the bound that keeps the id', () => {
  fc.assert(
    fc.property(anyAlert, fc.integer({ min: leastJsonBytes, max: 10_000 }), (alert, maxBytes) => {
      const json = shortenedJson(alert, maxBytes);
      assert.ok(Buffer.byteLength(json) <= maxBytes, `${Buffer.byteLength(json)} > ${maxBytes}`);
      const parsed = JSON.parse(json);
      assert.equal(parsed.id, alert.id);
      if (!parsed.shortened) assert.deepEqual(parsed, JSON.parse(JSON.stringify(alert)));
    }),
    { numRuns: 300 },
  );
});

test('a cut never leaves half a character', () => {
  assert.equal(shortenText('ab😀cd', 3), 'ab…[+4 characters]');
  assert.equal(shortenText('ab😀cd', 4), 'ab😀…[+2 characters]');
  assert.equal(shortenText('abc', 3), 'abc');
});
