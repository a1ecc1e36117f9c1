import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventFields } from '../../src/model/sigma-event.ts';
import { createRandom } from '../support/random.ts';
import { correlated, correlationNamed } from './support.ts';

/** What the engine has to agree with, by going through all events that ever came, each time anew. */
interface Reference {
  readonly body: string;
  readonly members: readonly string[];
  readonly timespan: number;
  readonly group: readonly string[];
  /** Undefined for events that do not count. */
  value(fields: EventFields): unknown;
  /** Over the entries of a window, by time and arrival. */
  holds(entries: readonly Seen[]): boolean;
}

interface Seen {
  readonly second: number;
  readonly arrival: number;
  readonly member: string;
  readonly group: string;
  readonly value: unknown;
  readonly id: string;
}

const timespan = 20;
const every = ['a', 'b', 'c'];
const always = () => true;
const number = ({ n }: EventFields) => (/^-?[\d.]+$/.test(String(n)) ? Number(n) : undefined);
const text = ({ n }: EventFields) => (n === undefined || n === null ? undefined : String(n));
const numbers = (entries: readonly Seen[]) => entries.map(({ value }) => Number(value)).sort((x, y) => x - y);
const sum = (entries: readonly Seen[]) => numbers(entries).reduce((total, next) => total + next, 0);
const has = (entries: readonly Seen[], rule: string) => entries.some(({ member }) => member === rule);
const inOrder = (entries: readonly Seen[], rules: readonly string[]): boolean => {
  const [rule, ...others] = rules;
  if (rule === undefined) return true;
  const at = entries.findIndex(({ member }) => member === rule);
  return at >= 0 && inOrder(entries.slice(at + 1), others);
};

function percentile(entries: readonly Seen[], percent: number): number {
  const sorted = numbers(entries);
  const rank = ((sorted.length - 1) * percent) / 100;
  const [below = 0, above = 0] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  return below + (above - below) * (rank % 1);
}

function reference(
  head: string,
  holds: Reference['holds'],
  { value = always, members = every, group = ['g'] }: Partial<Reference> = {},
): Reference {
  const rules = head.includes('rules:') ? '' : `\nrules: [${members}]`;
  const groupBy = group.length > 0 ? `\ngroup-by: [${group}]` : '';
  return { body: `${head}${rules}${groupBy}\ntimespan: ${timespan}s`, members, timespan, group, value, holds };
}

const references: Readonly<Record<string, Reference>> = {
  count: reference('type: event_count\ncondition: {gte: 4}', (entries) => entries.length >= 4),
  counts: reference('type: event_count\ncondition: {gt: 2, lt: 5}', ({ length }) => length > 2 && length < 5, {
    members: ['a', 'c'],
    group: ['g', 'h'],
  }),
  all: reference('type: event_count\ncondition: {gte: 9}', (entries) => entries.length >= 9, { group: [] }),
  values: reference(
    'type: value_count\ncondition: {field: n, gte: 4}',
    (entries) => new Set(entries.map(({ value }) => value)).size >= 4,
    { value: text },
  ),
  together: reference('type: temporal', (entries) => every.every((rule) => has(entries, rule))),
  some: reference(
    'type: temporal\ncondition: {eq: 2}',
    (entries) => every.filter((rule) => has(entries, rule)).length === 2,
  ),
  said: reference(
    'type: temporal\ncondition: a and (b or not c)',
    (entries) => has(entries, 'a') && (has(entries, 'b') || !has(entries, 'c')),
  ),
  ordered: reference('type: temporal_ordered', (entries) => inOrder(entries, every)),
  again: reference('type: temporal_ordered\nrules: [b, a, b]', (entries) => inOrder(entries, ['b', 'a', 'b']), {
    members: ['b', 'a'],
  }),
  ways: reference(
    'type: temporal_ordered\nrules: [c, a, b]\ncondition: (c or a) and b',
    (entries) => inOrder(entries, ['c', 'b']) || inOrder(entries, ['a', 'b']),
    { members: ['c', 'a', 'b'] },
  ),
  two: reference('type: temporal_ordered\ncondition: {gte: 2}', (entries) =>
    [
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'c'],
    ].some((rules) => inOrder(entries, rules)),
  ),
  sum: reference('type: value_sum\ncondition: {field: n, gte: 12.5}', (entries) => sum(entries) >= 12.5, {
    value: number,
  }),
  average: reference(
    'type: value_avg\ncondition: {field: n, lte: 2}',
    (entries) => sum(entries) / entries.length <= 2,
    {
      value: number,
    },
  ),
  median: reference('type: value_median\ncondition: {field: n, gt: 3}', (entries) => percentile(entries, 50) > 3, {
    value: number,
  }),
  high: reference(
    'type: value_percentile\ncondition: {field: n, percentile: 75, gte: 5}',
    (entries) => percentile(entries, 75) >= 5,
    { value: number },
  ),
  // Stands last, since it is fed by others: what fired before at the same event.
  chained: reference(
    'type: temporal_ordered\ngenerate: true\nrules: [median, c, ways]',
    (entries) => inOrder(entries, ['median', 'c', 'ways']),
    { members: ['median', 'c', 'ways'] },
  ),
};

function createNaive({ members, group, value, holds }: Reference) {
  const seen: Seen[] = [];
  const windowAt = (end: number, of: string) =>
    seen
      .filter((entry) => entry.group === of && entry.second >= end - timespan && entry.second <= end)
      .sort((x, y) => x.second - y.second || x.arrival - y.arrival);

  return (second: number, fields: EventFields, id: string): boolean => {
    const of = JSON.stringify(group.map((name) => (fields[name] === undefined ? null : String(fields[name]))));
    const its = value(fields);
    const hit = members.filter((member) => its !== undefined && (fields['is'] as readonly string[]).includes(member));
    for (const member of hit) {
      if (!seen.some((entry) => entry.id === id && entry.member === member)) {
        seen.push({ second, arrival: seen.length, member, group: of, value: its, id });
      }
    }
    if (hit.length === 0) return false;
    const ends = seen.filter(
      (entry) => entry.group === of && entry.second >= second && entry.second <= second + timespan,
    );
    return [second, ...ends.map((entry) => entry.second)].some((end) => holds(windowAt(end, of)));
  };
}

const seeds = [1, 2];
const events = 700;

for (const seed of seeds) {
  test(`a random run is what a naive reference says (seed ${seed})`, () => {
    const random = createRandom(seed);
    const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
    const engine = correlated(Object.entries(references).map(([name, { body }]) => correlationNamed(name, body)));
    const naive = new Map(Object.entries(references).map(([name, one]) => [name, createNaive(one)]));
    const past: { readonly second: number; readonly fields: EventFields; readonly id: string }[] = [];
    const fired = new Map<string, number>();
    let now = 1000;
    for (let at = 0; at < events; at++) {
      now += random.below(8) * 0.5;
      const late = random.below(5) === 0 ? random.below(timespan * 6) * 0.5 : 0;
      const n = pick(['1', 2, 7, '3.5', 0.25, -2, 'many', undefined, null, '5']);
      const fields: EventFields = {
        is: every.filter(() => random.below(3) === 0),
        ...(random.below(4) > 0 && { g: pick(['x', 'y', 1, '1']) }),
        ...(random.below(2) > 0 && { h: pick(['x', '1']) }),
        ...(n !== undefined && { n }),
      };
      // Now and then one that came before comes again.
      const event =
        past.length > 0 && random.below(20) === 0
          ? pick(past.slice(-300))
          : { second: now - late, fields, id: String(at) };
      past.push(event);
      const found = engine.at(event.second, event.fields, event.id);
      const expected: string[] = [];
      const matched = event.fields['is'] as readonly string[];
      for (const [name, fires] of naive) {
        if (fires(event.second, { ...event.fields, is: [...matched, ...expected] }, event.id)) expected.push(name);
      }
      // Since the chained one generates, what feeds it is raised as well.
      expected.push(...matched.filter((name) => name === 'c'));
      assert.deepEqual([...found].sort(), [...expected].sort(), `event ${at}: ${JSON.stringify(event)}`);
      for (const name of expected) fired.set(name, (fired.get(name) ?? 0) + 1);
    }
    // A run in which something never fires, or always does, would prove little.
    for (const name of naive.keys()) {
      const times = fired.get(name) ?? 0;
      assert.ok(times > 10 && times < events * 0.6, `${name} fired ${times} times`);
    }
  });
}
