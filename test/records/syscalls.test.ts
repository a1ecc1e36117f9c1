import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syscallName, syscallsOfMachine } from '../../src/records/syscalls.ts';

/** Names with their number on each architecture, from the headers of the kernel. */
const rows: readonly (readonly [arch: string, name: string, number: number])[] = [
  ['c000003e', 'read', 0],
  ['c000003e', 'clone', 56],
  ['c000003e', 'execve', 59],
  ['c000003e', 'ptrace', 101],
  ['c000003e', 'openat', 257],
  ['c000003e', 'memfd_create', 319],
  ['c000003e', 'execveat', 322],
  ['c000003e', 'pidfd_send_signal', 424],
  ['c000003e', 'clone3', 435],
  ['c000003e', 'faccessat2', 439],
  ['c000003e', 'fchmodat2', 452],
  ['40000003', 'execve', 11],
  ['40000003', 'execveat', 358],
  ['40000003', 'memfd_create', 356],
  ['c00000b7', 'execve', 221],
  ['c00000b7', 'execveat', 281],
  ['c00000b7', 'openat', 56],
  ['40000028', 'execve', 11],
  ['40000028', 'execveat', 387],
  ['c00000f3', 'execve', 221],
  ['c00000f3', 'execveat', 281],
  ['c0000015', 'execve', 11],
  ['c0000015', 'execveat', 362],
  ['80000016', 'execve', 11],
  ['80000016', 'execveat', 354],
];

for (const [arch, name, number] of rows) {
  test(`F28 ${name} is ${number} on ${arch}`, () => assert.equal(syscallName(arch, String(number)), name));
}

test('F28 x32 sets bit 30, and has numbers of its own', () => {
  const x32 = 0x40000000;
  assert.equal(syscallName('c000003e', String(x32 + 1)), 'write');
  assert.equal(syscallName('c000003e', String(x32 + 520)), 'execve');
  assert.equal(syscallName('c000003e', String(x32 + 545)), 'execveat');
});

test('what is no number of a system call has no name', () => {
  for (const syscall of ['', ' ', 'execve', '-1', '59.5', '1e1', '0x3b', '99999', '4294967355', '99999999999']) {
    assert.equal(syscallName('c000003e', syscall), undefined, syscall);
  }
  for (const arch of ['', 'ffffffff', 'toString', '__proto__']) assert.equal(syscallName(arch, '59'), undefined, arch);
});

test('system calls that programs of a machine can make', () => {
  const names = syscallsOfMachine('x64');
  // mmap2 is i386's.
  assert.ok(names?.has('execveat') && names.has('memfd_create') && names.has('mmap2') && !names.has('exceve'));
  assert.ok(!syscallsOfMachine('arm64')?.has('arch_prctl'));
  assert.equal(syscallsOfMachine('pdp11'), undefined);
});
