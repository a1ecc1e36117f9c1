import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWhole } from '../../src/events/whole.ts';
import type { Completion } from '../../src/model/audit.ts';
import { eventOf, execLines, line, syscallBody } from '../support/audit-lines.ts';

const exec = execLines();
const without = (type: string, lines = exec) => lines.filter((text) => !text.startsWith(`type=${type} `));
const connect = [
  line(1, 'SYSCALL', syscallBody({ syscall: '42', items: '0' })),
  line(1, 'SOCKADDR', 'saddr=02000050'),
  line(1, 'PROCTITLE', 'proctitle=6C73'),
];
const failed = execLines({ syscall: syscallBody({ success: 'no', exit: '-2' }), execve: '' });

const cases: readonly (readonly [string, readonly string[], Completion, boolean])[] = [
  ['an exec', exec, 'proctitle', true],
  ['an exec without title, closed at EOE', without('PROCTITLE'), 'eoe', true],
  ['an exec that waited for its end in vain', exec, 'timeout', false],
  ['an exec that made room', exec, 'overflow', false],
  ['an exec without SYSCALL', without('SYSCALL'), 'proctitle', false],
  ['an exec without EXECVE', without('EXECVE'), 'proctitle', false],
  ['an exec without CWD', without('CWD'), 'proctitle', false],
  ['an exec without one of two PATHs', exec.filter((text) => !text.includes('item=1')), 'proctitle', false],
  ['an exec with an argument missing', execLines({ execve: 'argc=3 a0="ls" a2="x"' }), 'proctitle', true],
  ['an exec with half an argument', execLines({ execve: 'argc=2 a0="ls" a1_len=9000 a1[0]="x"' }), 'proctitle', false],
  ['a failed exec, which has no EXECVE', failed, 'proctitle', true],
  ['a connection', connect, 'proctitle', true],
  ['a connection without its address', without('SOCKADDR', connect), 'proctitle', false],
  ['a record that stands alone', [line(1, 'USER_LOGIN', 'pid=1')], 'single', true],
];
for (const [what, lines, completedBy, expected] of cases) {
  test(`${what}: ${expected ? 'whole' : 'not whole'}`, () => {
    assert.equal(isWhole(eventOf(lines, completedBy)), expected);
  });
}
