import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createExactSum } from '../../src/correlation/exact-sum.ts';

const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.integer().map((n) => n / 100),
  fc.constantFrom(0.1, -0, 2 ** 53, -(2 ** 53), 1e300, -1e300, Number.MIN_VALUE, Number.MAX_VALUE),
);

function sumOf(numbers: readonly number[]): number {
  const sum = createExactSum();
  for (const number of numbers) sum.add(number);
  return sum.value();
}

test('what has left leaves no trace, in whatever order', () => {
  fc.assert(
    fc.property(fc.array(anyNumber), fc.array(anyNumber), (staying, leaving) => {
      const sum = createExactSum();
      for (const number of leaving) sum.add(number);
      for (const number of staying) sum.add(number);
      for (const number of [...leaving].reverse()) sum.remove(number);
      assert.equal(sum.value(), sumOf([...staying].reverse()));
    }),
  );
});

test('two numbers have the sum that they have as doubles, which is rounded once', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, (a, b) => {
      assert.equal(sumOf([a, b]), a + b === 0 ? 0 : a + b);
      assert.equal(sumOf([a]), a === 0 ? 0 : a);
    }),
  );
});

const cases: readonly [numbers: readonly number[], sum: number][] = [
  [Array(10).fill(0.1), 1],
  [[1e30, 1, -1e30], 1],
  [[2 ** 53, 1, 1], 2 ** 53 + 2],
  [[Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE], Number.MAX_VALUE],
  [[Number.MAX_VALUE, Number.MAX_VALUE], Number.POSITIVE_INFINITY],
  [[Number.MIN_VALUE, Number.MIN_VALUE], 2 * Number.MIN_VALUE],
  [[], 0],
];
for (const [numbers, sum] of cases) {
  test(`the sum of ${numbers.join(' and ')} is ${sum}`, () => assert.equal(sumOf(numbers), sum));
}
