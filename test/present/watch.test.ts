import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeWatch, toLines, type WatchFacts } from '../../src/present/watch.ts';

type Audit = NonNullable<WatchFacts['audit']>;
const log = (more: Partial<Audit> = {}): Audit => ({
  path: '/var/log/audit/audit.log',
  log: 'readable',
  execArchitectures: ['b32', 'b64'],
  ...more,
});
const facts = (more: Partial<WatchFacts> = {}): WatchFacts => ({
  audit: log(),
  scanIntervalMs: 2000,
  isRoot: true,
  logs: [],
  ...more,
});

const cases: readonly (readonly [string, WatchFacts, number, RegExp | undefined, RegExp | undefined])[] = [
  ['everything', facts(), 2, undefined, undefined],
  [
    'no 32-bit rule',
    facts({ audit: log({ execArchitectures: ['b64'] }) }),
    2,
    /32-bit/,
    /auditctl -a always,exit -F arch=b32/,
  ],
  [
    'only a 32-bit rule',
    facts({ audit: log({ execArchitectures: ['b32'] }) }),
    1,
    /no audit rule records them all/,
    /scripts\/start --auditd/,
  ],
  [
    'a log from elsewhere, without scans',
    facts({ audit: log({ path: '/tmp/other.log', execArchitectures: [] }), scanIntervalMs: undefined }),
    1,
    undefined,
    undefined,
  ],
  ['no exec rule', facts({ audit: log({ execArchitectures: [] }) }), 1, /no audit rule/, /scripts\/start --auditd/],
  [
    'rules that only root may ask for',
    facts({ audit: log({ execArchitectures: undefined }) }),
    2,
    undefined,
    undefined,
  ],
  ['no log', facts({ audit: log({ log: 'missing' }) }), 1, /no auditd/, /scripts\/start --auditd/],
  ['a log for root only', facts({ audit: log({ log: 'denied' }), isRoot: false }), 1, /only be read by root/, /sudo/],
  ['no audit log wanted', facts({ audit: undefined }), 1, /enabled is false/, undefined],
  [
    'the socket beside the log',
    facts({ socket: { path: '/run/audit/audispd_events', state: 'readable' } }),
    3,
    undefined,
    undefined,
  ],
  [
    'no socket beside the log',
    facts({ socket: { path: '/run/audit/audispd_events', state: 'missing' } }),
    2,
    /its af_unix plugin is not active/,
    undefined,
  ],
  [
    'the socket alone',
    facts({ audit: log({ path: '/run/audit/audispd_events', isSocket: true }) }),
    2,
    undefined,
    undefined,
  ],
  [
    'a socket that is not there, alone',
    facts({ audit: log({ path: '/run/audit/audispd_events', log: 'missing', isSocket: true }) }),
    1,
    /its af_unix plugin is not active/,
    /plugins\/af_unix\.conf/,
  ],
  ['standard input alone', facts({ audit: undefined, readsStdin: true }), 2, undefined, undefined],
  ['standard input and the log', facts({ readsStdin: true }), 3, undefined, undefined],
  ['nothing', facts({ audit: undefined, scanIntervalMs: undefined }), 0, /no source is at work/, undefined],
];
for (const [what, given, watches, blind, remedy] of cases) {
  test(`watching: ${what}`, () => {
    const watch = describeWatch(given);
    assert.equal(watch.watches.length, watches);
    assert.match(watch.blind.join('\n'), blind ?? /^$/);
    assert.match(watch.remedy ?? '', remedy ?? /^$/);
    assert.equal(toLines(watch).length, watch.watches.length + watch.blind.length + (watch.remedy ? 1 : 0));
  });
}

test('text logs are watched or not, each for itself, and change nothing about programs', () => {
  const services = ['auth', 'sshd'];
  const logs = (['readable', 'missing', 'denied'] as const).map((log) => ({ path: `/var/log/${log}`, services, log }));
  const { watches, blind, remedy } = describeWatch(facts({ logs }));
  assert.deepEqual(watches.slice(2), ['/var/log/readable: each line, for auth, sshd']);
  assert.deepEqual(blind, [
    'the log of auth, sshd: there is no /var/log/missing yet',
    'the log of auth, sshd: /var/log/denied may not be read',
  ]);
  assert.equal(remedy, undefined);

  const alone = describeWatch(facts({ audit: undefined, scanIntervalMs: undefined, logs }));
  assert.match(alone.blind.join('\n'), /^programs: neither audit nor \/proc is looked at$/m);
});
