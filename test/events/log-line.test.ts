import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogNormaliser } from '../../src/events/log-line.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';

const readMs = Date.UTC(2026, 10, 24, 12);
const stamp = '2026-11-24T03:11:33Z web-1';

function read(text: string, services: readonly string[] = ['auth'], offset = 7): readonly SigmaEvent[] {
  return createLogNormaliser({ product: 'linux', services })({ text, origin: { file: 'f00d', offset }, readMs });
}

test('a line is an event', () => {
  const [event, ...others] = read(`${stamp} sshd[123]: Failed password for eve`);
  assert.deepEqual(others, []);
  assert.ok(event);
  assert.equal(event.timestampMs, Date.UTC(2026, 10, 24, 3, 11, 33));
  assert.deepEqual(event.logsource, { product: 'linux', service: 'auth' });
  assert.equal(event.message, `${stamp} sshd[123]: Failed password for eve`);
  assert.deepEqual(event.fields, {
    Hostname: 'web-1',
    ProgramName: 'sshd',
    ProcessId: '123',
    Message: 'Failed password for eve',
  });
  assert.match(event.id, /^log:f00d:7:[0-9a-f]{8}$/);
});

test('a line without time and sender was when it was read, and is all message', () => {
  const [event] = read('caf\xc3\xa9 \xff', ['clamav']);
  assert.equal(event?.timestampMs, readMs);
  assert.equal(event?.message, 'café \ufffd');
  assert.deepEqual(event?.fields, { Message: 'café \ufffd' });
});

const services = ['auth', 'sshd', 'sudo', 'cron'];
const claims: readonly (readonly [program: string, services: readonly (string | undefined)[]])[] = [
  ['sshd[1]', ['auth', 'sshd']],
  ['sshd-session[1]', ['auth', 'sshd']],
  ['sudo', ['auth', 'sudo']],
  ['CRON[1]', ['auth', 'cron']],
  ['crond[1]', ['auth', 'cron']],
  ['crontab[1]', ['auth', 'cron']],
  ['run-parts(/etc/cron.hourly)[1]', ['auth', 'cron']],
  ['sudoer[1]', ['auth']],
  ['systemd-logind[1]', ['auth']],
];
for (const [program, claiming] of claims) {
  test(`a line of ${program} is one of ${claiming.join(', ')}`, () => {
    const events = read(`${stamp} ${program}: x`, services);
    assert.deepEqual(
      events.map(({ logsource }) => logsource.service),
      claiming,
    );
    assert.equal(new Set(events.map(({ id }) => id)).size, 1);
  });
}

test('a line that no service claims is an event of the product alone, one that names no program is of all', () => {
  const logsources = (text: string, of: readonly string[]) => read(text, of).map(({ logsource }) => logsource);
  assert.deepEqual(logsources(`${stamp} useradd[1]: x`, ['sshd', 'sudo']), [{ product: 'linux' }]);
  assert.deepEqual(logsources('x', ['sshd', 'own']), [
    { product: 'linux', service: 'sshd' },
    { product: 'linux', service: 'own' },
  ]);
});

test('what sudo logs of a command are fields', () => {
  const [event] = read(
    `${stamp} sudo:      eve : TTY=pts/0 ; PWD=/home/e ve ; USER=#-1 ; ENV=A=b ; COMMAND=/bin/sh -c a ; USER=root`,
  );
  const { Hostname: _, ProgramName: __, Message: ___, ...fields } = event?.fields ?? {};
  assert.deepEqual(fields, {
    TTY: 'pts/0',
    PWD: '/home/e ve',
    USER: '#-1',
    ENV: 'A=b',
    COMMAND: '/bin/sh -c a ; USER=root',
  });
  const [refused] = read(`${stamp} sudo: eve : user NOT in sudoers ; TTY=pts/0 ; USER=root ; COMMAND=/bin/sh`);
  assert.equal(refused?.fields['USER'], 'root');
  assert.equal(read(`${stamp} su: x : USER=root`)[0]?.fields['USER'], undefined);
});

test('an id is of content and place', () => {
  const idOf = (...args: Parameters<typeof read>) => read(...args)[0]?.id;
  assert.equal(idOf('x', ['a'], 1), idOf('x', ['b'], 1));
  assert.notEqual(idOf('x', ['a'], 1), idOf('x', ['a'], 2));
  assert.notEqual(idOf('x', ['a'], 1), idOf('y', ['a'], 1));
});

test('what sigmond itself wrote to syslog is no event', () => {
  assert.deepEqual(read(`${stamp} sigmond[4711]: {"event":{"fields":{"Message":"Failed password"}}}`), []);
  assert.equal(read(`${stamp} sigmonde: x`).length, 1);
});
