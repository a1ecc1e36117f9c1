import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSyslogHeader } from '../../src/events/syslog-line.ts';

const now = new Date(2026, 10, 24, 3, 12, 0).getTime();
const local = (...parts: readonly [number, number, number, number, number, number, number?]): number => {
  const [year, month, ...rest] = parts;
  return new Date(year, month - 1, ...rest).getTime();
};

const times: readonly (readonly [line: string, timestampMs: number | undefined])[] = [
  ['Nov 24 03:11:33 host sshd[1]: x', local(2026, 11, 24, 3, 11, 33)],
  ['Nov  4 03:11:33 host sshd[1]: x', local(2026, 11, 4, 3, 11, 33)],
  ['Nov 24 03:11:33.123456 host sshd[1]: x', local(2026, 11, 24, 3, 11, 33)],
  // A clock that is a little ahead, and a line of last year.
  ['Nov 24 20:00:00 host x: y', local(2026, 11, 24, 20, 0, 0)],
  ['Nov 26 03:11:33 host x: y', local(2025, 11, 26, 3, 11, 33)],
  ['Dec 31 23:59:59 host x: y', local(2025, 12, 31, 23, 59, 59)],
  ['Feb 29 12:00:00 host x: y', local(2024, 2, 29, 12, 0, 0)],
  ['Feb 30 12:00:00 host x: y', undefined],
  ['Foo 24 03:11:33 host x: y', undefined],
  ['Tue Nov 24 03:11:33 2015 [pid 2] CONNECT', local(2015, 11, 24, 3, 11, 33)],
  ['Tue Nov 24 03:11:33 -> /tmp/x: Eicar FOUND', local(2026, 11, 24, 3, 11, 33)],
  ['2026-11-24T03:11:33Z host x: y', Date.UTC(2026, 10, 24, 3, 11, 33)],
  ['2026-11-24T03:11:33.5+01:00 host x: y', Date.UTC(2026, 10, 24, 2, 11, 33, 500)],
  ['2026-11-24T03:11:33.123456-0530 host x: y', Date.UTC(2026, 10, 24, 8, 41, 33, 123)],
  ['2026-11-24 03:11:33,042 INFO x', local(2026, 11, 24, 3, 11, 33, 42)],
  ['2026-13-24T03:11:33Z host x: y', undefined],
  ['2026-11-24 a day', undefined],
  ['-- MARK --', undefined],
  ['', undefined],
];
for (const [line, timestampMs] of times) {
  test(`the time of ${JSON.stringify(line)}`, () => assert.equal(readSyslogHeader(line, now).timestampMs, timestampMs));
}

test('on new year a line of either side has its year', () => {
  const yearOf = (line: string, ...at: [number, number, number, number, number, number]): number => {
    const { timestampMs } = readSyslogHeader(line, local(...at));
    assert.ok(timestampMs);
    return new Date(timestampMs).getFullYear();
  };
  assert.equal(yearOf('Dec 31 23:59:59 h x: y', 2027, 1, 1, 0, 0, 1), 2026);
  assert.equal(yearOf('Jan  1 00:00:01 h x: y', 2026, 12, 31, 23, 59, 59), 2027);
  assert.equal(yearOf('Jan  1 00:00:01 h x: y', 2027, 1, 1, 0, 0, 2), 2027);
});

const senders: readonly (readonly [line: string, sender: readonly (string | undefined)[], message: string])[] = [
  ['Nov 24 03:11:33 web-1 sshd[123]: Failed password', ['web-1', 'sshd', '123'], 'Failed password'],
  ['Nov 24 03:11:33 web-1 sudo:     eve : TTY=x', ['web-1', 'sudo', undefined], '    eve : TTY=x'],
  ['2026-11-24T03:11:33+01:00 h kernel: [ 1.0] x', ['h', 'kernel', undefined], '[ 1.0] x'],
  ['Nov 24 03:11:33 h postfix/smtpd[9]: x', ['h', 'postfix/smtpd', '9'], 'x'],
  ['Nov 24 03:11:33 h run-parts(/etc/cron.hourly)[9]: x', ['h', 'run-parts(/etc/cron.hourly)', '9'], 'x'],
  ['Nov 24 03:11:33 h x:', ['h', 'x', undefined], ''],
];
for (const [line, sender, message] of senders) {
  test(`who wrote ${JSON.stringify(line)}`, () => {
    const { hostname, program, pid, messageStart } = readSyslogHeader(line, now);
    assert.deepEqual([hostname, program, pid], sender);
    assert.equal(line.slice(messageStart), message);
  });
}

for (const line of [
  'Nov 24 03:11:33 h last message repeated 3 times',
  'Tue Nov 24 03:11:33 2026 [pid 2] CONNECT: Client "1"',
  'web-1 sshd[1]: no time',
  'Tue Nov 24 03:11:33 2026 -> /tmp/x: Win.Trojan.A FOUND',
  '2026-11-24 03:11:33 INFO x: y',
]) {
  test(`no sender is told by ${JSON.stringify(line)}`, () => {
    const { hostname, program, pid, messageStart } = readSyslogHeader(line, now);
    assert.deepEqual([hostname, program, pid, messageStart], [undefined, undefined, undefined, 0]);
  });
}

test('any text has a header, and its message is a part of it', () => {
  const piece = fc.constantFrom('Nov 24 03:11:33', '2026-11-24T03:11:33', ' ', 'h', 'x[1]', ':', '[', ']', 'Tue ', '9');
  const line = fc.array(fc.oneof(piece, fc.string()), { maxLength: 9 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(line, (text) => {
      const { messageStart, timestampMs } = readSyslogHeader(text, now);
      assert.ok(messageStart >= 0 && messageStart <= text.length);
      assert.ok(timestampMs === undefined || Number.isFinite(timestampMs));
    }),
    { numRuns: 2000 },
  );
});
