import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExecOutcome, execOutcome } from '../../src/events/exec-outcome.ts';
import type { Completion } from '../../src/model/audit.ts';
import { eventOf, execLines, line, syscallBody } from '../support/audit-lines.ts';

const exec = execLines();
const without = (...types: readonly string[]) =>
  exec.filter((text) => !types.some((type) => text.startsWith(`type=${type} `)));
const execveat = (change: Readonly<Record<string, string>> = {}) =>
  execLines({ syscall: syscallBody({ syscall: '322', exit: '0', ...change }), execve: '' });

const cases: readonly (readonly [string, readonly string[], ExecOutcome | undefined, Completion?])[] = [
  ['an exec', exec, 'whole'],
  ['an exec of which each record came twice', exec.flatMap((text) => [text, text]), 'whole'],
  ['an exec whose end never came', without('PROCTITLE'), 'whole', 'timeout'],
  ['an exec without SYSCALL', without('SYSCALL'), 'incomplete'],
  ['an exec without EXECVE', without('EXECVE'), 'incomplete'],
  ['an exec without its head', without('SYSCALL', 'EXECVE'), 'incomplete'],
  ['the last record of something', without('SYSCALL', 'EXECVE', 'CWD', 'PATH'), 'incomplete'],
  ['an exec with half an argument', execLines({ execve: 'argc=2 a0="ls" a1_len=9000 a1[0]="x"' }), 'incomplete'],
  ['an exec that failed', execLines({ syscall: syscallBody({ success: 'no', exit: '-2' }), execve: '' }), undefined],
  ['another call', [line(1, 'SYSCALL', syscallBody({ syscall: '42' }))], undefined],
  ['F41 an execveat that only asked', execveat(), undefined],
  ['F41 an execveat that lost its end, and so perhaps EXECVE', execveat(), 'incomplete', 'timeout'],
];
for (const [what, lines, expected, completedBy] of cases) {
  test(`${what}: ${expected ?? 'no exec'}`, () => {
    assert.equal(execOutcome(eventOf(lines, completedBy)), expected);
  });
}
