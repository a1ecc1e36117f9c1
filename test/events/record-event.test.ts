import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArgv } from '../../src/events/argv.ts';
import { createRecordEvents } from '../../src/events/record-event.ts';
import type { Completion } from '../../src/model/audit.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { eventOf, execLines, line, syscallBody } from '../support/audit-lines.ts';

function recordEvents(lines: readonly string[]): readonly SigmaEvent[] {
  const event = eventOf(lines);
  const execve = event.records.filter(({ type }) => type === 'EXECVE');
  const syscall = event.records.find(({ type }) => type === 'SYSCALL');
  return createRecordEvents(event, syscall, execve.length > 0 ? readArgv(execve, true) : undefined);
}

function only(lines: readonly string[]): SigmaEvent {
  const [event, ...others] = recordEvents(lines);
  assert.ok(event);
  assert.equal(others.length, 0);
  return event;
}

test("a record's fields have audit's own names", () => {
  const event = only([line(4, 'PATH', 'item=0 name=2F746D702FC3A9 nametype=CREATE cap_fe=? mode=0100755')]);
  assert.deepEqual(event.fields, { type: 'PATH', item: '0', name: '/tmp/é', nametype: 'CREATE', mode: '0100755' });
  assert.deepEqual(event.logsource, { product: 'linux', service: 'auditd' });
  assert.equal(event.id, '1795489893.399:4');
  assert.equal(event.timestampMs, 1_795_489_893_399);
});

test('a field reads the same alone and among all', () => {
  for (const event of recordEvents(execLines({ execve: 'argc=2 a0="x" a1_len=4 a1[0]="ab" a1[1]="cd"' }))) {
    for (const [name, value] of Object.entries(event.fields)) assert.deepEqual(event.field?.(name), value, name);
    for (const name of ['nothing', 'toString', '__proto__', '']) assert.equal(event.field?.(name), undefined, name);
  }
});

test('F28 SYSCALL is a name also in RAW logs', () => {
  for (const [arch, syscall] of [
    ['c000003e', '59'],
    ['40000003', '11'],
    ['c00000b7', '221'],
  ] as const) {
    const event = only([line(4, 'SYSCALL', syscallBody({ arch, syscall }))]);
    assert.equal(event.fields['SYSCALL'], 'execve');
    assert.equal(event.field?.('SYSCALL'), 'execve');
  }
});

test('F12 several keys are a list, one is text', () => {
  const keyOf = (key: string) => only([line(4, 'SYSCALL', syscallBody({ key }))]).fields['key'];
  assert.deepEqual(keyOf('7368016B32'), ['sh', 'k2']);
  assert.equal(keyOf('"exec"'), 'exec');
  assert.equal(keyOf('(null)'), undefined);
});

test('F19 EXECVE records of one event are one, with whole arguments', () => {
  const lines = [
    line(4, 'EXECVE', 'argc=2 a0="x" a1_len=4 a1[0]="ab"'),
    line(4, 'EXECVE', ' a1[1]="cd"'),
    line(4, 'CWD', 'cwd="/"'),
  ];
  const events = recordEvents(lines);
  assert.deepEqual(
    events.map(({ fields }) => fields),
    [
      { type: 'EXECVE', argc: '2', a0: 'x', a1: 'abcd' },
      { type: 'CWD', cwd: '/' },
    ],
  );
  assert.deepEqual(
    events.map(({ ordinal }) => ordinal),
    [1, 2],
  );
});

test("a field named type inside of a record does not replace the record's type", () => {
  const event = only([line(4, 'USER_CMD', "pid=1 msg='type=evil res=success'")]);
  assert.equal(event.fields['type'], 'USER_CMD');
  assert.equal(event.field?.('type'), 'USER_CMD');
});

test('a field named __proto__ is shown like any other', () => {
  const event = only([line(4, 'PATH', '__proto__="x"')]);
  assert.equal(JSON.stringify(event.fields), '{"type":"PATH","__proto__":"x"}');
});

test("the process is SYSCALL's, else the record's own", () => {
  assert.deepEqual(
    recordEvents([line(4, 'CWD', 'cwd="/"'), line(4, 'SYSCALL', syscallBody({ pid: '9' }))]).map(({ pid }) => pid),
    [9, 9],
  );
  assert.equal(only([line(4, 'USER_CMD', 'pid=7')]).pid, 7);
  assert.equal(only([line(4, 'USER_CMD', 'pid=many')]).pid, undefined);
});

const messages: readonly (readonly [name: string, line: string, message: string])[] = [
  ['is the line without its id', line(4, 'CWD', 'cwd="/"'), 'type=CWD cwd="/"'],
  [
    'is the line and the command line behind it, where all arguments can be read in it',
    line(4, 'EXECVE', 'argc=2 a0="ls" a1="-l"'),
    'type=EXECVE argc=2 a0="ls" a1="-l" ls -l',
  ],
  ['is the line alone of one argument', line(4, 'EXECVE', 'argc=1 a0="ls"'), 'type=EXECVE argc=1 a0="ls"'],
  [
    'shows hex arguments as text',
    line(4, 'EXECVE', 'argc=2 a0="sh" a1=C3A9202D63'),
    'type=EXECVE argc="2" a0="sh" a1="é -c" sh é -c',
  ],
  [
    'shows what was typed as text',
    line(4, 'USER_CMD', "pid=7 msg='cmd=6C73202D6C res=success'"),
    'type=USER_CMD pid="7" cmd="ls -l" res="success"',
  ],
  [
    'leaves a title as it is, for it may be stale',
    line(4, 'PROCTITLE', 'proctitle=6C73002D6C'),
    'type=PROCTITLE proctitle=6C73002D6C',
  ],
];

for (const [name, text, message] of messages) {
  test(`the text for keyword rules ${name}`, () => assert.equal(only([text]).message, message));
}

test('what is alike has the same fields and message; what has ids or is pieced together has no likeness', () => {
  const path = 'item=0 name="/usr/bin/ls" inode=7';
  const [one, other, differs] = [line(4, 'PATH', path), line(5, 'PATH', path), line(5, 'PATH', `${path}1`)].map(
    (text) => only([text]),
  );
  assert.ok(one?.likeness !== undefined);
  assert.equal(one.likeness, other?.likeness);
  assert.deepEqual([one.message, one.fields], [other?.message, other?.fields]);
  assert.notEqual(one.likeness, differs?.likeness);
  assert.equal(only([line(4, 'SYSCALL', syscallBody())]).likeness, undefined);
  assert.equal(only([`node=a ${line(4, 'PATH', path)}`]).likeness, undefined);
  assert.equal(only([line(4, 'EXECVE', 'argc=3 a0="ls" a2="-l"')]).likeness, undefined);
});

test('records that rules would say nothing of get no event, and the others keep their numbers', () => {
  const asked: string[] = [];
  const lines = execLines();
  const event = eventOf([...lines.slice(0, -1), line(1, 'PATH', 'item=2 name="/x"'), ...lines.slice(-1)]);
  const isSilent = (type: string, likeness: string): boolean => {
    asked.push(`${type}${likeness}`);
    return type === 'CWD' || likeness.includes('item=0');
  };
  const syscall = event.records.find(({ type }) => type === 'SYSCALL');
  const argv = readArgv(
    event.records.filter(({ type }) => type === 'EXECVE'),
    true,
  );
  const events = createRecordEvents(event, syscall, argv, isSilent);
  assert.deepEqual(
    events.map(({ ordinal, fields }) => `${ordinal} ${fields['type']}`),
    ['1 SYSCALL', '2 EXECVE', '5 PATH', '6 PATH', '7 PROCTITLE'],
  );
  const repeated = event.records.filter(({ type }) => type !== 'SYSCALL');
  assert.deepEqual(
    asked,
    repeated.map(({ type, body }) => `${type}${body}`),
  );
  assert.deepEqual(
    events.map(({ likeness }) => likeness),
    [undefined, ...asked.filter((like) => !like.startsWith('CWD') && !like.includes('item=0'))].map((like) =>
      like?.replace(/^[A-Z]+/, ''),
    ),
  );
});

test('records that stand alone are told from each other and from those of a system call under the same id', () => {
  const ordinalsOf = (lines: readonly string[], completedBy: Completion) =>
    createRecordEvents(eventOf(lines, completedBy), undefined, undefined).map(({ ordinal }) => ordinal ?? Number.NaN);
  const [start] = ordinalsOf([line(4, 'SERVICE_START', "pid=1 msg='unit=cron'")], 'single');
  const [other] = ordinalsOf([line(4, 'SERVICE_START', "pid=1 msg='unit=ssh'")], 'single');
  assert.ok(start !== undefined && other !== undefined && start <= 0 && other <= 0 && start !== other);
  assert.deepEqual(ordinalsOf([line(4, 'SERVICE_START', "pid=1 msg='unit=cron'")], 'single'), [start]);
  assert.deepEqual(ordinalsOf([line(4, 'SYSCALL', syscallBody()), line(4, 'CWD', 'cwd="/"')], 'proctitle'), [1, 2]);
});
