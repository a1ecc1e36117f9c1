import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CorrelationSnapshot } from '../../src/correlation/snapshot.ts';
import { createRandom } from '../support/random.ts';
import { type Correlated, correlated, correlationNamed } from './support.ts';

const bodies: Readonly<Record<string, string>> = {
  count: 'type: event_count\nrules: [a, b]\ngroup-by: [g, h]\ntimespan: 30s\ncondition: {gte: 3}',
  values: 'type: value_count\nrules: a\ngroup-by: [g]\ntimespan: 30s\ncondition: {field: n, gte: 3}',
  sum: 'type: value_sum\nrules: a\ntimespan: 30s\ncondition: {field: n, gte: 7}',
  median: 'type: value_median\nrules: a\ntimespan: 30s\ncondition: {field: n, eq: 2}',
  ordered: 'type: temporal_ordered\nrules: [a, b, c]\ngroup-by: [g]\ntimespan: 30s',
  said: 'type: temporal\ngroup-by: [g]\ntimespan: 30s\ncondition: a and not b',
};
const all = Object.entries(bodies).map(([name, body]) => correlationNamed(name, body));

function saved({ set }: Correlated): CorrelationSnapshot {
  const text = JSON.stringify(set.correlations?.snapshot());
  return JSON.parse(text) as CorrelationSnapshot;
}

describe('a snapshot of correlations', () => {
  it('lets another rule set go on as the first would have', () => {
    const random = createRandom(7);
    const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
    const through = correlated(all);
    let restarted = correlated(all);
    let fired = 0;
    for (let at = 0; at < 1500; at++) {
      const fields = {
        is: pick(['a', 'b', 'c']),
        g: pick(['x', 'é', null]),
        h: pick(['1', '2']),
        n: pick([1, '2', 3]),
      };
      const second = at - random.below(40);
      const expected = through.at(second, fields, `e${at}`);
      assert.deepEqual(restarted.at(second, fields, `e${at}`), expected, `event ${at}`);
      fired += expected.length;
      if (random.below(10) > 0) continue;
      const next = correlated(all);
      next.set.correlations?.restore(saved(restarted));
      restarted = next;
    }
    assert.ok(fired > 500);
  });

  it('knows events that are read again', () => {
    const [first, second] = [correlated(all), correlated(all)];
    for (const id of ['1', '2']) first.at(0, { is: 'a' }, id);
    second.set.correlations?.restore(saved(first));
    assert.deepEqual(second.at(0, { is: 'a' }, '2').includes('count'), false);
    assert.deepEqual(second.at(0, { is: 'a' }, '3').includes('count'), true);
  });

  it('is of use only for correlations that mean the same', () => {
    const first = correlated(all);
    for (const id of ['1', '2']) first.at(0, { is: 'a' }, id);
    const changed = correlated(
      all.map((text) => text.replace('rules: [a, b]\n  group-by', 'rules: [b, a]\n  group-by')),
    );
    changed.set.correlations?.restore(saved(first));
    assert.deepEqual(changed.at(0, { is: 'a' }, '3').includes('count'), false);
    assert.deepEqual(changed.at(0, { is: 'a' }, '4').includes('count'), false);
    assert.deepEqual(changed.at(0, { is: 'a' }, '5').includes('count'), true);
  });

  it('may be damaged, and what does not fit is left out', () => {
    const { set, at } = correlated(all);
    const snapshot = set.correlations?.snapshot();
    at(0, { is: 'a', n: 1, g: 'x', h: '1' });
    const whole = saved({ set } as Correlated);
    const damaged = JSON.parse(
      JSON.stringify(whole.correlations.map((one) => ({ ...one, groups: one.groups.map(damage) }))),
    ) as CorrelationSnapshot['correlations'];
    const other = correlated(all);
    other.set.correlations?.restore({ correlations: damaged });
    other.set.correlations?.restore({ correlations: whole.correlations.map((one) => ({ ...one, id: 'gone' })) });
    assert.equal(other.set.correlations?.snapshot().correlations.flatMap(({ groups }) => groups).length, 0);
    assert.deepEqual(snapshot, { correlations: [] });
  });

  it('keeps what can no longer be told of late events', () => {
    const limits = { spareEntries: 0 };
    const first = correlated(all, limits);
    for (const second of [1000, 1100, 1200]) first.at(second, { is: 'a' });
    const second = correlated(all, limits);
    second.set.correlations?.restore(saved(first));
    second.at(999, { is: 'a' });
    assert.ok((second.counters.read()['sigma_correlation_late_total'] ?? 0) > 0);
  });
});

/** Entries of members that are not there, and with values of another kind. */
function damage(group: CorrelationSnapshot['correlations'][number]['groups'][number]) {
  return {
    ...group,
    entries: group.entries.flatMap(([timeMs, , event, value]) => [
      [timeMs, 7, event, value],
      [timeMs, -1, event, value],
      [1e300, 0, event, value],
      [timeMs, 0.5, event, value],
      [timeMs, 0, event, typeof value === 'number' ? 'text' : 7],
    ]),
  };
}
