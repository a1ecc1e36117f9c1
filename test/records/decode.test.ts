import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUnquoted, isEncodedField } from '../../src/records/decode.ts';

test('F9 only even upper-case hex is undone', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['4142', 'AB'],
    ['00FF0A', '\0\xff\n'],
    ['414', '414'],
    ['4a4b', '4a4b'],
    ['41 42', '41 42'],
    ['0x4142', '0x4142'],
    ['4142\n', '4142\n'],
    ['', ''],
  ];
  for (const [written, bytes] of rows) assert.equal(decodeUnquoted(written), bytes, written);
});

test('F9 any bytes survive', () => {
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
  assert.equal(decodeUnquoted(Buffer.from(bytes, 'latin1').toString('hex').toUpperCase()), bytes);
});

test('F10 which fields may be hex for text', () => {
  const text = ['comm', 'exe', 'cwd', 'name', 'proctitle', 'key', 'acct', 'cmd', 'data', 'UID', 'AUID', 'OUID'];
  const plain = ['a0', 'a3', 'saddr', 'dev', 'mode', 'inode', 'arch', 'pid', 'tty', 'subj', 'ARCH', 'SYSCALL', 'SADDR'];
  for (const name of text) assert.equal(isEncodedField('SYSCALL', name), true, name);
  for (const name of plain) assert.equal(isEncodedField('SYSCALL', name), false, name);
  for (const name of ['a0', 'a12', 'a12[3]']) assert.equal(isEncodedField('EXECVE', name), true, name);
  for (const name of ['argc', 'a12_len', 'arch', 'a', 'ab0']) assert.equal(isEncodedField('EXECVE', name), false, name);
});
