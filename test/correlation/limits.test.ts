import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { correlated, correlationNamed } from './support.ts';

const counts = (gte: number) =>
  correlationNamed('x', `type: event_count\nrules: a\ngroup-by: [g]\ntimespan: 10s\ncondition: {gte: ${gte}}`);

const evicted = 'sigma_correlation_groups_evicted_total';
const dropped = 'sigma_correlation_entries_dropped_total';
const late = 'sigma_correlation_late_total';

describe('correlations keep so much and no more', () => {
  it('of one group, the latest entries', () => {
    const { at, counters } = correlated([counts(3)], { groupEntries: 3 });
    for (let n = 0; n < 10; n++) at(n / 10, { is: 'a' });
    assert.equal(counters.read()[dropped], 7);
    assert.deepEqual(at(1, { is: 'a' }), ['x']);
    assert.deepEqual(correlated([counts(4)], { groupEntries: 3 }).at(0, { is: 'a' }), []);
  });

  it('of one correlation, the groups that were used last', () => {
    const { at, counters } = correlated([counts(2)], { correlationGroups: 2 });
    at(0, { is: 'a', g: '1' });
    at(1, { is: 'a', g: '2' });
    assert.deepEqual(at(2, { is: 'a', g: '1' }), ['x']);
    at(3, { is: 'a', g: '3' });
    assert.deepEqual([counters.read()[evicted], counters.read()[dropped]], [1, 1]);
    assert.deepEqual(at(4, { is: 'a', g: '1' }), ['x'], 'used after 2, so 2 was the one to go');
    assert.deepEqual(at(5, { is: 'a', g: '2' }), []);
  });

  it('of all correlations together, the groups that were used last', () => {
    for (const limit of [{ allEntries: 4 }, { allGroups: 4 }]) {
      const other = correlationNamed(
        'y',
        'type: event_count\nrules: b\ngroup-by: [g]\ntimespan: 10s\ncondition: {gte: 2}',
      );
      const { at, counters } = correlated([counts(2), other], limit);
      at(0, { is: 'b', g: '1' });
      for (const g of ['1', '2', '3']) at(1, { is: 'a', g });
      assert.equal(counters.read()[evicted], 0);
      at(2, { is: 'a', g: '4' });
      assert.equal(counters.read()[evicted], 1);
      assert.deepEqual(at(3, { is: 'b', g: '1' }), [], 'the oldest of all was of the other correlation');
      assert.deepEqual(at(4, { is: 'a', g: '4' }), ['x']);
    }
  });

  it('a group that has long been idle goes without being missed', () => {
    const { at, counters } = correlated([counts(2)], { correlationGroups: 3 });
    for (const g of ['1', '2', '3']) at(0, { is: 'a', g });
    for (const g of ['4', '5', '6']) at(100_000, { is: 'a', g });
    assert.equal(counters.read()[evicted], 0);
    at(100_001, { is: 'a', g: '7' });
    assert.equal(counters.read()[evicted], 1);
  });

  it('what the window has left stays for late events only as long as there is room', () => {
    const { at, counters } = correlated([counts(2)], { allEntries: 20, spareEntries: 5 });
    for (let n = 0; n < 9; n++) at(n * 100, { is: 'a', g: '1' });
    assert.deepEqual(at(395, { is: 'a', g: '1' }), ['x']);
    assert.equal(counters.read()[late], 0);
    assert.deepEqual(at(95, { is: 'a', g: '1' }), []);
    assert.equal(counters.read()[late], 1);
    for (let n = 0; n < 8; n++) at(1000, { is: 'a', g: `other ${n}` });
    at(1000, { is: 'a', g: '1' });
    at(1100, { is: 'a', g: '1' });
    assert.deepEqual(at(695, { is: 'a', g: '1' }), []);
    assert.deepEqual([counters.read()[late], counters.read()[evicted], counters.read()[dropped]], [2, 0, 0]);
  });

  it('values that are no numbers are counted, missing ones are not', () => {
    const body = 'type: value_sum\nrules: a\ntimespan: 10s\ncondition: {field: n, gte: 0}';
    const { at, counters } = correlated([correlationNamed('x', body)]);
    for (const n of ['many', true, ['1'], '1e999', '', null]) at(0, { is: 'a', n });
    assert.equal(counters.read()['sigma_correlation_values_ignored_total'], 5);
    assert.deepEqual(at(0, { is: 'a', n: '1e+3' }), ['x']);
  });

  it('a list that is nested deeply is a value like others', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth++) deep = [deep, depth];
    const { at } = correlated([counts(2)]);
    assert.deepEqual([at(0, { is: 'a', g: deep as string }), at(0, { is: 'a', g: deep as string })], [[], ['x']]);
  });
});
