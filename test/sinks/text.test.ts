import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alertText } from '../../src/sinks/text.ts';
import { safeJson } from '../../src/text/safe-json.ts';
import { visible } from '../../src/text/visible.ts';
import { correlationAlert, sampleAlert } from '../support/alerts.ts';
import { anyAlert } from '../support/any-alert.ts';

test('an alert is a headline and a line for each thing that is known', () => {
  assert.equal(
    alertText(sampleAlert(1), { color: false }),
    `2026-11-24T03:11:33.400Z HIGH Interactive shell from a web server
  rule     5b1c9d2e-0000-4000-8000-000000000001 attack.execution attack.t1059.004
  image    /usr/bin/bash
  command  bash -i
  user     www-data
  tty      pts/3
  parents  python3 app.py (www-data 4021) ← /usr/lib/systemd/systemd (1)
  host     web-1.example.org
  alert    00000000000000000000000000000001

`,
  );
});

test('an alert of a correlation says why it fired', () => {
  const lines = alertText(correlationAlert(), { color: false }).split('\n');
  assert.equal(lines[2], '  because  temporal 2 within 5m, User=www-data');
});

test('what is not known has no line', () => {
  const alert = sampleAlert(1);
  const text = alertText({ ...alert, ancestry: [], event: { ...alert.event, fields: {} } }, { color: false });
  assert.doesNotMatch(text, /image|command|user|tty|parents|because/);
});

test('a file, an address and the line of a log have lines of their own', () => {
  const alert = sampleAlert(1);
  const fields = { TargetFilename: '/etc/x', DestinationIp: '::1', DestinationPort: '9', Message: 'Failed password' };
  const text = alertText({ ...alert, event: { ...alert.event, fields } }, { color: false });
  assert.match(text, /\n {2}file {5}\/etc\/x\n {2}to {7}::1 port 9\n {2}message {2}Failed password\n/);
});

test('colour is the severity and nothing else', () => {
  const [plain, colored] = [false, true].map((color) => alertText(sampleAlert(1), { color }));
  assert.equal(colored, plain?.replace('HIGH', '\x1b[31mHIGH\x1b[0m'));
});

for (const [what, text, shown] of [
  ['an escape sequence', 'a\x1b[2Jb', 'a\\x1b[2Jb'],
  ['an 8-bit control sequence', '\u009b31m', '\\x9b31m'],
  ['a newline and a carriage return', 'a\r\nb', 'a\\x0d\\x0ab'],
  ['a bidirectional override', 'gpj.\u202eexe', 'gpj.\\u{202e}exe'],
  ['a bidirectional isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
  ['a zero-width space', 'su\u200bdo', 'su\\u{200b}do'],
  ['an invisible tag', 'a\u{e0041}', 'a\\u{e0041}'],
  ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
  ['half a surrogate pair', '\ud83d', '\\u{d83d}'],
  ['letters of the world', 'grüße 世界 😀', 'grüße 世界 😀'],
] as const) {
  test(`${what} is shown as ${shown}`, () => {
    assert.equal(visible(text), shown);
    const alert = sampleAlert(0, { CommandLine: text });
    assert.ok(alertText(alert, { color: false }).includes(`  command  ${shown}\n`));
    assert.equal(JSON.parse(safeJson(alert)).event.fields.CommandLine, text, 'JSON keeps the text itself');
  });
}

test('no alert puts a character on the terminal that does something there', () => {
  fc.assert(
    fc.property(anyAlert, (alert) => {
      const text = alertText(alert, { color: false });
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      assert.ok(text.split('\n').every((line, n) => n === 0 || line === '' || /^ {2}[a-z]+ /.test(line)));
      assert.doesNotMatch(safeJson(alert), /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
      assert.deepEqual(JSON.parse(safeJson(alert)), JSON.parse(JSON.stringify(alert)));
    }),
  );
});

test('a very long command line is cut with a mark', () => {
  const text = alertText(sampleAlert(0, { CommandLine: 'x'.repeat(100_000) }), { color: false });
  assert.match(text, /x{1000}…\[\+99000 characters\]\n/);
});
