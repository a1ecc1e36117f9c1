import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownFolders } from '../../src/events/known-folders.ts';
import { normalise } from '../../src/events/normalise.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { Completion } from '../../src/model/audit.ts';
import { type ExecParts, eventOf, execLines, line, syscallBody } from '../support/audit-lines.ts';

const users = { name: (uid: string) => ({ '0': 'root', '33': 'www-data' })[uid] };

function run(lines: readonly string[], completedBy: Completion = 'proctitle', recordEvents = false) {
  const counters = createCounters();
  const incomplete = counters.counter('incomplete');
  const failedExecs = counters.counter('failed');
  const events = normalise(eventOf(lines, completedBy), {
    users,
    folders: createKnownFolders(),
    wants: ({ service }) => recordEvents && service === 'auditd',
    incomplete,
    failedExecs,
    unnamed: counters.counter('unnamed'),
  });
  return { events, incomplete: incomplete.value, failedExecs: failedExecs.value };
}

function exec(parts: ExecParts = {}, completedBy: Completion = 'proctitle') {
  const { events, incomplete } = run(execLines(parts), completedBy);
  const [event] = events;
  assert.equal(events.length, 1);
  assert.ok(event);
  return { ...event, incomplete };
}

test('all fields of an exec', () => {
  const { incomplete, openedFiles, ...event } = exec();
  assert.equal(incomplete, 0);
  assert.deepEqual(openedFiles?.(), ['fe:00:10', 'fe:00:11']);
  assert.deepEqual(event, {
    id: '1795489893.399:1',
    timestampMs: 1_795_489_893_399,
    logsource: { product: 'linux', category: 'process_creation' },
    fields: {
      Image: '/usr/bin/ls',
      CommandLine: 'ls -l',
      CurrentDirectory: '/root',
      User: 'root',
      LogonId: '0',
      ProcessId: '41',
      ParentProcessId: '40',
      TerminalSessionId: '7',
      Tty: 'pts3',
      Auid: '1000',
      EventSource: 'audit',
    },
    argv: ['ls', '-l'],
    node: undefined,
    pid: 41,
    ppid: 40,
  });
});

/** Parts of an exec and the fields that they give; undefined means absent. */
const rows: readonly {
  readonly name: string;
  readonly parts: ExecParts;
  readonly fields: Readonly<Record<string, string | undefined>>;
}[] = [
  {
    name: 'F9 CommandLine is argv joined by one space, not quoted',
    parts: { execve: 'argc=4 a0="sh" a1="-c" a2=6120202262220A63 a3=""' },
    fields: { CommandLine: 'sh -c a  "b"\nc ' },
  },
  {
    name: 'F16 bytes that are not UTF-8 become U+FFFD',
    parts: { execve: 'argc=2 a0="x" a1=C3A9FF62', cwd: 'cwd=2FC3A9', syscall: syscallBody({ exe: '2FFF' }) },
    fields: { CommandLine: 'x é\ufffdb', CurrentDirectory: '/é', Image: '/\ufffd' },
  },
  {
    name: 'F21 an empty argument list',
    parts: { execve: 'argc=1 a0=""' },
    fields: { CommandLine: '', CommandLineTruncated: undefined },
  },
  {
    name: "F23 a script's argv is its interpreter's",
    parts: {
      execve: 'argc=2 a0="/bin/sh" a1="./s.sh"',
      syscall: syscallBody({ exe: '"/usr/bin/dash"', comm: '"s.sh"' }),
    },
    fields: { Image: '/usr/bin/dash', CommandLine: '/bin/sh ./s.sh' },
  },
  {
    name: 'F41 a successful execveat without EXECVE may be a question only',
    parts: { execve: '', syscall: syscallBody({ syscall: '322' }) },
    fields: { ExecCheckPossible: 'true', CommandLineTruncated: 'true', Image: '/usr/bin/ls' },
  },
  { name: 'F41 not an execve', parts: { execve: '' }, fields: { ExecCheckPossible: undefined } },
  {
    name: 'F41 not an execveat that executed',
    parts: { syscall: syscallBody({ syscall: '322' }) },
    fields: { ExecCheckPossible: undefined },
  },
  {
    name: 'F25 a deleted image is told by a field of its own',
    parts: { syscall: syscallBody({ exe: '2F6D656D66643A7820286465' + '6C6574656429', syscall: '322' }) },
    fields: { Image: '/memfd:x', ImageDeleted: 'true' },
  },
  { name: 'F25 another image has no such field', parts: {}, fields: { ImageDeleted: undefined } },
  {
    name: 'F26 PROCTITLE is no source of CommandLine',
    parts: { proctitle: 'proctitle="python3"' },
    fields: { CommandLine: 'ls -l', CommandLineTruncated: undefined },
  },
  {
    name: 'F26 except where EXECVE is missing, and then it is marked',
    parts: { execve: '' },
    fields: { CommandLine: 'ls -l', CommandLineTruncated: 'true' },
  },
  {
    name: 'F26 neither EXECVE nor PROCTITLE',
    parts: { execve: '', proctitle: '' },
    fields: { CommandLine: undefined, CommandLineTruncated: 'true', Image: '/usr/bin/ls' },
  },
  {
    name: 'F19 arguments that are missing are marked',
    parts: { execve: 'argc=2 a0="x" a1_len=9 a1[0]="abc"' },
    fields: { CommandLine: 'x abc<...>', CommandLineTruncated: 'true' },
  },
  { name: 'F11 no terminal', parts: { syscall: syscallBody({ tty: '(none)' }) }, fields: { Tty: undefined } },
  {
    name: 'F11 a login that is not set',
    parts: { syscall: syscallBody({ auid: '4294967295', ses: '4294967295' }) },
    fields: { Auid: '4294967295', TerminalSessionId: '4294967295' },
  },
  {
    name: 'F42 the name that auditd wrote counts',
    parts: { syscall: syscallBody({ uid: '33', euid: '33' }, 'ARCH=x86_64 SYSCALL=execve UID="web"') },
    fields: { User: 'web', LogonId: '33', EffectiveUser: undefined },
  },
  {
    name: 'F13 also where its bytes are odd',
    parts: { syscall: syscallBody({ uid: '33', euid: '33' }, 'UID=C3A97465') },
    fields: { User: 'éte' },
  },
  {
    name: "F42 without, it is passwd's",
    parts: { syscall: syscallBody({ uid: '33', euid: '33' }) },
    fields: { User: 'www-data', LogonId: '33' },
  },
  {
    name: 'F42 what auditd did not know may be in passwd',
    parts: { syscall: syscallBody({ uid: '33', euid: '33' }, 'UID="unknown(33)"') },
    fields: { User: 'www-data' },
  },
  {
    name: 'F42 a user that nobody knows',
    parts: { syscall: syscallBody({ uid: '64299', euid: '64299' }, 'UID="unknown(64299)"') },
    fields: { User: undefined, LogonId: '64299' },
  },
  {
    name: 'F42 a user that is not set',
    parts: { syscall: syscallBody({ uid: '4294967295', euid: '4294967295' }, 'UID="unset"') },
    fields: { User: undefined, LogonId: '4294967295' },
  },
  {
    name: 'a setuid program has another effective user',
    parts: { syscall: syscallBody({ uid: '33', euid: '0' }, 'UID="www-data" EUID="root"') },
    fields: { User: 'www-data', EffectiveUser: 'root' },
  },
  {
    name: 'F27 a chroot shows its own paths',
    parts: { syscall: syscallBody({ exe: '"/bin/echo"' }), cwd: 'cwd="/"' },
    fields: { Image: '/bin/echo', CurrentDirectory: '/' },
  },
  {
    name: 'F28 execve of another architecture',
    parts: { syscall: syscallBody({ arch: 'c00000b7', syscall: '221' }) },
    fields: { Image: '/usr/bin/ls' },
  },
  {
    name: 'F28 an architecture that we do not know: EXECVE tells',
    parts: { syscall: syscallBody({ arch: 'c0000999', syscall: '7' }) },
    fields: { Image: '/usr/bin/ls', CommandLine: 'ls -l', CommandLineTruncated: undefined },
  },
  {
    name: 'SYSCALL is missing',
    parts: { syscall: '' },
    fields: {
      CommandLine: 'ls -l',
      CurrentDirectory: '/root',
      Image: undefined,
      ProcessId: undefined,
      CommandLineTruncated: 'true',
    },
  },
  { name: 'CWD is missing', parts: { cwd: '' }, fields: { CurrentDirectory: undefined, CommandLine: 'ls -l' } },
  {
    name: 'F40 argv[0] is free text, Image is not',
    parts: { execve: 'argc=1 a0="[kworker/u8:2]"', syscall: syscallBody({ exe: '"/usr/bin/sleep"' }) },
    fields: { Image: '/usr/bin/sleep', CommandLine: '[kworker/u8:2]' },
  },
];

for (const { name, parts, fields } of rows) {
  test(name, () => {
    const event = exec(parts);
    for (const [field, value] of Object.entries(fields)) assert.equal(event.fields[field], value, field);
    assert.equal(event.incomplete, event.fields['CommandLineTruncated'] === undefined ? 0 : 1);
  });
}

test('pids that are no numbers are not used to find processes', () => {
  const event = exec({ syscall: syscallBody({ pid: 'x', ppid: '-1' }) });
  assert.deepEqual([event.pid, event.ppid], [undefined, undefined]);
});

test('F22 an exec that the kernel refused is counted and is no event', () => {
  const lines = execLines({ syscall: syscallBody({ success: 'no', exit: '-2' }), execve: '' });
  assert.deepEqual(run(lines), { events: [], incomplete: 0, failedExecs: 1 });
});

test('another system call is no process', () => {
  const lines = execLines({ syscall: syscallBody({ syscall: '257' }), execve: '' });
  assert.deepEqual(run(lines), { events: [], incomplete: 0, failedExecs: 0 });
});

test('an event that broke off has gaps, not empty arguments', () => {
  const parts = { execve: 'argc=3 a0="ls" a2="/etc"' };
  for (const completedBy of ['proctitle', 'eoe', 'items'] as const) {
    assert.deepEqual(exec(parts, completedBy).argv, ['ls', '', '/etc']);
  }
  for (const completedBy of ['timeout', 'overflow', 'flush'] as const) {
    const { argv, fields, incomplete } = exec(parts, completedBy);
    assert.deepEqual(argv, ['ls', '<...>', '/etc']);
    assert.equal(fields['CommandLineTruncated'], 'true');
    assert.equal(incomplete, 1);
  }
});

test('F1 the node is part of the id', () => {
  const [event] = run(execLines().map((text) => `node=web-1 ${text}`)).events;
  assert.equal(event?.id, 'web-1 1795489893.399:1');
});

test('the records follow the process where they are wanted, numbered from 1', () => {
  const { events } = run(execLines(), 'proctitle', true);
  const shown = events.map(({ logsource, ordinal, fields }) => [
    logsource.category ?? logsource.service,
    ordinal,
    fields['type'],
  ]);
  assert.deepEqual(shown, [
    ['process_creation', undefined, undefined],
    ['auditd', 1, 'SYSCALL'],
    ['auditd', 2, 'EXECVE'],
    ['auditd', 3, 'CWD'],
    ['auditd', 4, 'PATH'],
    ['auditd', 5, 'PATH'],
    ['auditd', 6, 'PROCTITLE'],
  ]);
  assert.deepEqual(run([line(1, 'CWD', 'cwd="/"')], 'flush', true).events.length, 1);
});
