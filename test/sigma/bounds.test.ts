import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canHold, isWithin, leastWithin, reachOf } from '../../src/sigma/bounds.ts';
import { type Bound, boundOperators } from '../../src/sigma/rule.ts';

describe('bounds', () => {
  it('compare as their operators say, at the bound and beside it', () => {
    const held = boundOperators.map((operator) => [1, 2, 3].filter((n) => isWithin(n, [{ operator, number: 2 }])));
    assert.deepEqual(held, [[1], [1, 2], [3], [2, 3], [2], [1, 3]]);
  });

  it('all have to hold', () => {
    const range: readonly Bound[] = [
      { operator: 'gt', number: 1 },
      { operator: 'lte', number: 3 },
    ];
    assert.deepEqual(
      [1, 2, 3, 4].filter((n) => isWithin(n, range)),
      [2, 3],
    );
  });

  const anyBound = fc.record({
    operator: fc.constantFrom(...boundOperators),
    number: fc.integer({ min: -4, max: 14 }).map((n) => n / 2),
  });

  it('can hold when any number within reach is within them', () => {
    fc.assert(
      fc.property(fc.array(anyBound, { maxLength: 4 }), (bounds) => {
        const rules = 5;
        const whole = [1, 2, 3, 4, 5].some((n) => isWithin(n, bounds));
        assert.equal(canHold(bounds, reachOf('temporal', rules)), whole);
        const fine = Array.from({ length: 200 }, (_, n) => (n - 80) / 8).some((n) => isWithin(n, bounds));
        assert.equal(canHold(bounds, reachOf('value_avg', rules)), fine);
      }),
    );
  });

  it('hold for nothing below the least that they say', () => {
    fc.assert(
      fc.property(fc.array(anyBound, { maxLength: 4 }), fc.integer({ min: -20, max: 20 }), (bounds, n) => {
        assert.ok(!isWithin(n, bounds) || n >= leastWithin(bounds));
      }),
    );
    assert.equal(leastWithin([{ operator: 'gte', number: 3 }]), 3);
    assert.equal(leastWithin([{ operator: 'lt', number: 3 }]), Number.NEGATIVE_INFINITY);
  });

  it('cannot be reached past what is kept', () => {
    const reach = reachOf('event_count', 1);
    assert.equal(canHold([{ operator: 'gte', number: reach.most }], reach), true);
    assert.equal(canHold([{ operator: 'gt', number: reach.most }], reach), false);
  });
});
