import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '../../src/model/alert.ts';
import type { Level } from '../../src/model/rule.ts';
import { encodeRfc5424, leastMessageBytes } from '../../src/sinks/rfc5424.ts';
import { sampleAlert } from '../support/alerts.ts';
import { anyAlert } from '../support/any-alert.ts';

const options = { facility: 16, pid: 4242, maxBytes: 8_000 };

test('a message has every part where RFC 5424 wants it', () => {
  const alert = sampleAlert(7);
  assert.equal(
    encodeRfc5424(alert, options).toString(),
    `<131>1 2026-11-24T03:11:33.406Z web-1.example.org sigmond 4242 alert [sigmond@32473 ruleId="${alert.rule.id}" level="high" alertId="${alert.id}"] \ufeff${JSON.stringify(alert)}`,
  );
});

const severities: Readonly<Record<Level, number>> = { critical: 2, high: 3, medium: 4, low: 5, informational: 6 };

for (const [level, severity] of Object.entries(severities) as [Level, number][]) {
  test(`${level} is severity ${severity}`, () => {
    for (const facility of [0, 4, 23]) {
      const message = encodeRfc5424({ ...sampleAlert(0), severity: level }, { ...options, facility }).toString();
      assert.ok(message.startsWith(`<${facility * 8 + severity}>1 `), message.slice(0, 20));
    }
  });
}

for (const [name, written] of [
  ['', '-'],
  ['two words', 'two?words'],
  ['bücher', 'b?cher'],
  ['line\nfeed', 'line?feed'],
  ['x'.repeat(300), 'x'.repeat(255)],
] as const) {
  test(`host name ${JSON.stringify(name.slice(0, 20))} is written ${JSON.stringify(written.slice(0, 20))}`, () => {
    const alert = { ...sampleAlert(0), host: { name, id: 'machine' } };
    assert.equal(parse(encodeRfc5424(alert, options)).hostname, written);
  });
}

test('a timestamp that RFC 5424 does not know is the nil value', () => {
  const alert = { ...sampleAlert(0), timestamp: '+010000-01-01T00:00:00.000Z' };
  assert.equal(parse(encodeRfc5424(alert, options)).timestamp, '-');
});

test('a rule id cannot leave its parameter', () => {
  const alert = sampleAlert(0);
  const hostile = { ...alert, rule: { ...alert.rule, id: 'a"] [x@1 y="z\\\n<0>1 ' } };
  assert.equal(parse(encodeRfc5424(hostile, options)).params['ruleId'], 'a"] [x@1 y="z\\\ufffd<0>1 ');
});

test('whatever an alert holds, its message parses back, within its bound, and carries its id', () => {
  fc.assert(
    fc.property(anyAlert, fc.integer({ min: leastMessageBytes, max: 20_000 }), (alert, maxBytes) => {
      const bytes = encodeRfc5424(alert, { ...options, maxBytes });
      assert.ok(bytes.length <= maxBytes, `${bytes.length} > ${maxBytes}`);
      const message = parse(bytes);
      assert.equal(message.params['level'], alert.severity);
      assert.equal(message.params['alertId'], alert.id);
      assert.equal((message.json as Alert).id, alert.id);
    }),
    { numRuns: 300 },
  );
});

/** A parser of the grammar of RFC 5424 section 6, written for this test; throws where the grammar does not hold. */
function parse(bytes: Buffer) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const header =
    /^<(?<pri>\d{1,3})>1 (?<timestamp>-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) (?<hostname>[!-~]{1,255}) (?<app>[!-~]{1,48}) (?<procid>[!-~]{1,128}) (?<msgid>[!-~]{1,32}) \[(?<id>[!-~]{1,32}?)(?= )/.exec(
      text,
    );
  assert.ok(header?.groups, text.slice(0, 400));
  const params: Record<string, string> = {};
  let rest = text.slice(header[0].length);
  for (;;) {
    const param = /^ ([^ =\]"]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/su.exec(rest);
    if (!param) break;
    params[String(param[1])] = String(param[2]).replace(/\\(["\\\]])/g, '$1');
    rest = rest.slice(param[0].length);
  }
  assert.ok(rest.startsWith('] \ufeff{'), `${JSON.stringify(rest.slice(0, 40))} after the parameters`);
  assert.ok(Number(header.groups['pri']) <= 191);
  return {
    timestamp: header.groups['timestamp'],
    hostname: header.groups['hostname'],
    params,
    json: JSON.parse(rest.slice(3)) as unknown,
  };
}
