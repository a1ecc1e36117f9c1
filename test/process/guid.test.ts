import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createProcessGuid } from '../../src/process/guid.ts';

test('a ProcessGuid is the host, the start and the pid in hex', () => {
  const guidOf = createProcessGuid('9e6776a566203fa2f4a52f49ba7e4480');
  assert.equal(guidOf(24_325, 1_795_489_417_323), '{9E6776A5-01A2-0B82-486B-000000005F05}');
  assert.equal(guidOf(1, 0.6), '{9E6776A5-0000-0000-0001-000000000001}');
});

test('any start and pid, as the language writes numbers in hex', () => {
  const guidOf = createProcessGuid('ab');
  const hex = (number: number): string => number.toString(16).padStart(12, '0').toUpperCase();
  fc.assert(
    fc.property(fc.nat(2 ** 48 - 1), fc.nat(999_999_999_999_999), (startedMs, pid) => {
      const started = hex(startedMs);
      const groups = [started.slice(0, 4), started.slice(4, 8), started.slice(8)].join('-');
      assert.equal(guidOf(pid, startedMs), `{AB000000-${groups}-${hex(pid)}}`);
    }),
  );
});
