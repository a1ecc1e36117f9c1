import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecord } from '../../src/records/parse.ts';

function typeOf(type: string): string {
  const parsed = parseRecord(`type=${type} msg=audit(1.000:1): a=1`);
  assert.ok(!('torn' in parsed));
  return parsed.type;
}

test('types that begin alike, or are the beginning of another, are told apart in any order', () => {
  const types = ['USER_CMD', 'USER_START', 'USER', 'USER_CMD', 'SYSCALL', 'SYSTEM_BOOT', 'SYSCALL', 'X', 'XY', 'X'];
  assert.deepEqual(types.map(typeOf), types);
});

test('a type too long to be remembered is a type all the same', () => {
  const long = 'A'.repeat(5000);
  assert.equal(typeOf(long), long);
  assert.equal(typeOf('AA'), 'AA');
  assert.equal(typeOf(long), long);
});

test('a type with a name that objects have', () => {
  assert.equal(typeOf('__proto__'), '__proto__');
  assert.equal(typeOf('12'), '12');
});
