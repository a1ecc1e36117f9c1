import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventFields } from '../../src/model/sigma-event.ts';
import { correlated, correlationNamed } from './support.ts';

/** An event at a second, and whether the correlation `x` fires at it. */
type Step = readonly [second: number, fields: EventFields, fires: boolean];
type Row = readonly [what: string, body: string, steps: readonly Step[]];

const a = { is: 'a' };
const b = { is: 'b' };
const c = { is: 'c' };
const n = (value: EventFields[string]): EventFields => ({ is: 'a', n: value });

const counting: readonly Row[] = [
  [
    'event_count at the threshold, below it, and when the window has moved on',
    'type: event_count\nrules: a\ntimespan: 10s\ncondition: {gte: 3}',
    [
      [0, a, false],
      [4, a, false],
      [10, a, true],
      [10.001, a, true],
      [20.002, a, false],
    ],
  ],
  [
    'a window holds both its ends',
    'type: event_count\nrules: a\ntimespan: 10s\ncondition: {eq: 2}',
    [
      [0, a, false],
      [10, a, true],
      [20.001, a, false],
    ],
  ],
  [
    'every event for which the condition holds, not only the first',
    'type: event_count\nrules: a\ntimespan: 1m\ncondition: {gt: 1}',
    [
      [0, a, false],
      [1, a, true],
      [2, a, true],
    ],
  ],
  [
    'events of several rules count together, those of others do not',
    'type: event_count\nrules: [a, b]\ntimespan: 1m\ncondition: {gte: 2}',
    [
      [0, a, false],
      [1, c, false],
      [2, b, true],
    ],
  ],
  [
    'an event that matches two rules is two',
    'type: event_count\nrules: [a, b]\ntimespan: 1m\ncondition: {gte: 2}',
    [[0, { is: ['a', 'b'] }, true]],
  ],
  [
    'a range',
    'type: event_count\nrules: a\ntimespan: 1m\ncondition: {gt: 1, lte: 3}',
    [
      [0, a, false],
      [1, a, true],
      [2, a, true],
      [3, a, false],
    ],
  ],
  [
    'lt and neq',
    'type: event_count\nrules: a\ntimespan: 1m\ncondition: {lt: 4, neq: 2}',
    [
      [0, a, true],
      [1, a, false],
      [2, a, true],
      [3, a, false],
    ],
  ],
  [
    'value_count counts different values, as text, and no event without one',
    'type: value_count\nrules: a\ntimespan: 10s\ncondition: {field: n, gte: 3}',
    [
      [0, n(1), false],
      [1, n('1'), false],
      [2, n('x'), false],
      [3, a, false],
      [3, n(null), false],
      [4, n(''), true],
      [4, a, false],
      [13, n('x'), false],
    ],
  ],
  [
    'value_count of several fields counts tuples',
    'type: value_count\nrules: a\ntimespan: 10s\ncondition: {field: [n, m], gte: 3}',
    [
      [0, { is: 'a', n: '1', m: '23' }, false],
      [0, { is: 'a', n: '12', m: '3' }, false],
      [0, { is: 'a', n: '12' }, false],
      [0, { is: 'a', n: ['1', '2'], m: '3' }, true],
    ],
  ],
  [
    'temporal: all rules, in any order',
    'type: temporal\nrules: [a, b, c]\ntimespan: 10s',
    [
      [0, c, false],
      [1, a, false],
      [2, a, false],
      [10, b, true],
      [10.5, b, false],
    ],
  ],
  [
    'temporal with a threshold',
    'type: temporal\nrules: [a, b, c]\ntimespan: 10s\ncondition: {gte: 2}',
    [
      [0, c, false],
      [1, c, false],
      [2, a, true],
    ],
  ],
  [
    'temporal_ordered: all rules, one after the other',
    'type: temporal_ordered\nrules: [a, b, c]\ntimespan: 10s',
    [
      [0, b, false],
      [1, a, false],
      [2, c, false],
      [3, b, false],
      [4, c, true],
      [11, c, true],
      [11.1, c, false],
    ],
  ],
  [
    'temporal_ordered: at one time by arrival, and one event in the order of the rules',
    'type: temporal_ordered\nrules: [a, b]\ntimespan: 10s',
    [
      [0, b, false],
      [0, a, false],
      [0, b, true],
      [60, { is: ['b', 'a'] }, true],
    ],
  ],
  [
    'temporal_ordered: a rule that comes again',
    'type: temporal_ordered\nrules: [a, b, a]\ntimespan: 10s',
    [
      [0, a, false],
      [1, b, false],
      [2, a, true],
    ],
  ],
  [
    'temporal_ordered with a threshold: as many in order',
    'type: temporal_ordered\nrules: [a, b, c]\ntimespan: 10s\ncondition: {gte: 2}',
    [
      [0, c, false],
      [1, b, false],
      [2, a, false],
      [3, c, true],
    ],
  ],
  [
    'value_sum, of numbers and decimal texts',
    'type: value_sum\nrules: a\ntimespan: 10s\ncondition: {field: n, gte: 10}',
    [
      [0, n(4), false],
      [1, n('5.5'), false],
      [2, n('many'), false],
      [3, n(true), false],
      [4, n(0.5), true],
      [10.5, n(4), true],
      [11.5, n(5), false],
    ],
  ],
  [
    'value_sum comes exactly to its threshold, whatever has left the window',
    'type: value_sum\nrules: a\ntimespan: 10s\ncondition: {field: n, eq: 1}',
    [
      [0, n(1e30), false],
      [5, n(0.1), false],
      ...Array.from({ length: 9 }, (_, at): Step => [11 + at / 10, n(0.1), at === 8]),
    ],
  ],
  [
    'value_avg',
    'type: value_avg\nrules: a\ntimespan: 10s\ncondition: {field: n, gt: 2}',
    [
      [0, n(1), false],
      [1, n(3), false],
      [2, n(3), true],
      [20, n(2), false],
    ],
  ],
  [
    'value_median: the middle, or the average of the middle two',
    'type: value_median\nrules: a\ntimespan: 10s\ncondition: {field: n, eq: 2.5}',
    [
      [0, n(3), false],
      [1, n(2), true],
      [2, n(100), false],
      [3, n(-1), true],
    ],
  ],
  [
    'value_percentile, linear between two values',
    'type: value_percentile\nrules: a\ntimespan: 10s\ncondition: {field: n, percentile: 90, gte: 9.1, lte: 9.1}',
    [...Array.from({ length: 10 }, (_, at): Step => [at, n(at + 1), at === 9]), [10.5, n(11), false]],
  ],
  [
    'value_percentile is the median where it names none',
    'type: value_percentile\nrules: a\ntimespan: 10s\ncondition: {field: n, eq: 2}',
    [
      [0, n(1), false],
      [1, n(3), true],
    ],
  ],
  [
    'an expression, with not',
    'type: temporal\ntimespan: 10s\ncondition: a and b and not c',
    [
      [0, a, false],
      [1, c, false],
      [2, b, false],
      [11, b, false],
      [11.1, a, true],
    ],
  ],
  [
    'an expression with or and parentheses, over listed rules',
    'type: temporal\nrules: [a, b, c]\ntimespan: 10s\ncondition: a and (b or c)',
    [
      [0, b, false],
      [1, c, false],
      [2, a, true],
      [20, c, false],
    ],
  ],
  [
    'an expression that has an order',
    'type: temporal_ordered\nrules: [a, b, c]\ntimespan: 10s\ncondition: (a or b) and not c',
    [
      [0, b, true],
      [1, a, true],
      [2, c, false],
      [3, a, false],
      [12.1, a, true],
    ],
  ],
  [
    'an order is that of the expression where no rules are listed',
    'type: temporal_ordered\ntimespan: 10s\ncondition: b and a and not c',
    [
      [0, a, false],
      [1, b, false],
      [2, a, true],
    ],
  ],
];

const grouping: readonly Row[] = [
  [
    'groups are apart, and events without the field are a group',
    'type: event_count\nrules: a\ngroup-by: [g]\ntimespan: 1m\ncondition: {gte: 2}',
    [
      [0, { is: 'a', g: 'x' }, false],
      [1, { is: 'a', g: 'y' }, false],
      [2, a, false],
      [3, { is: 'a', g: '' }, false],
      [4, { is: 'a', g: 'null' }, false],
      [5, { is: 'a', g: null }, true],
      [6, { is: 'a', g: 'x' }, true],
    ],
  ],
  [
    'numbers are their text, text is compared with case, lists are their JSON',
    'type: event_count\nrules: a\ngroup-by: g\ntimespan: 1m\ncondition: {gte: 2}',
    [
      [0, { is: 'a', g: 7 }, false],
      [1, { is: 'a', g: '7' }, true],
      [2, { is: 'a', g: 'x' }, false],
      [3, { is: 'a', g: 'X' }, false],
      [4, { is: 'a', g: ['x', 7, [null, true]] }, false],
      [5, { is: 'a', g: '["x",7,[null,true]]' }, true],
    ],
  ],
  [
    'several fields, of which no two values run together',
    'type: event_count\nrules: a\ngroup-by: [g, h]\ntimespan: 1m\ncondition: {gte: 2}',
    [
      [0, { is: 'a', g: 'x","y', h: 'z' }, false],
      [1, { is: 'a', g: 'x', h: 'y","z' }, false],
      [2, { is: 'a', g: 'x', h: 'y","z' }, true],
    ],
  ],
  [
    'long values that differ at their ends differ',
    'type: event_count\nrules: a\ngroup-by: [g]\ntimespan: 1m\ncondition: {gte: 2}',
    [
      [0, { is: 'a', g: `${'x'.repeat(5000)}1` }, false],
      [1, { is: 'a', g: `${'x'.repeat(5000)}2` }, false],
      [2, { is: 'a', g: `${'x'.repeat(5000)}1` }, true],
    ],
  ],
  [
    'names that every object inherits are no fields',
    'type: event_count\nrules: a\ngroup-by: [constructor]\ntimespan: 1m\ncondition: {gte: 2}',
    [
      [0, { is: 'a', constructor: 'x' } as unknown as EventFields, false],
      [1, a, false],
      [2, a, true],
    ],
  ],
  [
    'an alias reads another field of each rule',
    'type: temporal\nrules: [a, b]\ngroup-by: [ip]\ntimespan: 1m\naliases:\n  ip: {a: src, b: dst}',
    [
      [0, { is: 'a', src: '1', dst: '2' }, false],
      [1, { is: 'b', src: '1', dst: '3' }, false],
      [2, { is: 'b', src: '9', dst: '1' }, true],
    ],
  ],
  [
    'where an alias says nothing of a rule, its own name is the field',
    'type: temporal\nrules: [a, b]\ngroup-by: [ip]\ntimespan: 1m\naliases:\n  ip: {a: src}',
    [
      [0, { is: 'a', src: '1' }, false],
      [1, { is: 'b', ip: '1' }, true],
    ],
  ],
  [
    'one event in two groups',
    'type: event_count\nrules: [a, b]\ngroup-by: [ip]\ntimespan: 1m\ncondition: {gte: 2}\naliases:\n  ip: {a: src, b: dst}',
    [
      [0, { is: ['a', 'b'], src: '1', dst: '2' }, false],
      [1, { is: 'b', dst: '1' }, true],
      [2, { is: 'b', dst: '2' }, true],
    ],
  ],
];

const disorder: readonly Row[] = [
  [
    'an event that comes late counts at its own time',
    'type: event_count\nrules: a\ntimespan: 10s\ncondition: {gte: 3}',
    [
      [100, a, false],
      [120, a, false],
      [95, a, false],
      [93, a, true],
      [129, a, false],
      [110, a, false],
      [121, a, true],
    ],
  ],
  [
    'it fires for a later window that it completes, and not for one that it is not in',
    'type: event_count\nrules: a\ntimespan: 10s\ncondition: {eq: 2}',
    [
      [10, a, false],
      [0, a, true],
      [30, a, false],
      [19.999, a, true],
      [50, a, false],
    ],
  ],
  [
    'an order is of times, not of arrivals',
    'type: temporal_ordered\nrules: [a, b]\ntimespan: 10s',
    [
      [5, b, false],
      [6, a, false],
      [3, a, true],
    ],
  ],
  [
    'what it negates may have come already',
    'type: temporal\ntimespan: 10s\ncondition: a and not b',
    [
      [5, b, false],
      [4, a, true],
      [6, a, false],
      [15, a, false],
      [15.1, a, true],
    ],
  ],
  [
    'a time far ahead blinds nothing',
    'type: event_count\nrules: a\ntimespan: 10s\ncondition: {gte: 2}',
    [
      [0, a, false],
      [4_000_000_000, a, false],
      [1, a, true],
      [30, a, false],
      [31, a, true],
    ],
  ],
];

for (const [title, rows] of Object.entries({ counting, grouping, disorder })) {
  describe(`correlations: ${title}`, () => {
    for (const [what, body, steps] of rows) {
      it(what, () => {
        const { at } = correlated([correlationNamed('x', body)]);
        const fires = steps.map(([second, fields]) => at(second, fields).includes('x'));
        assert.deepEqual(
          fires,
          steps.map(([, , fire]) => fire),
        );
      });
    }
  });
}

describe('correlations: what is raised', () => {
  const pair = (more: string) => `type: event_count\nrules: a\ntimespan: 1m\ncondition: {gte: 2}\n${more}`;

  it('a rule that only feeds correlations raises nothing itself, others do', () => {
    const { at } = correlated([correlationNamed('x', pair(''))]);
    assert.deepEqual(at(0, { is: ['a', 'b'] }), ['b']);
    assert.deepEqual(at(1, { is: ['a', 'b'] }), ['b', 'x']);
  });

  it('with generate it does, also where another correlation does not say so', () => {
    const { at } = correlated([correlationNamed('x', pair('')), correlationNamed('y', pair('generate: true'))]);
    assert.deepEqual(at(0, a), ['a']);
    assert.deepEqual(at(1, a), ['a', 'x', 'y']);
  });

  const outer = 'type: event_count\nrules: [x]\ngroup-by: [who]\ntimespan: 1m\ncondition: {gte: 2}';
  const inner = 'type: event_count\nrules: a\ngroup-by: [user]\ntimespan: 10s\ncondition: {gte: 2}';
  const user = (name: string) => ({ is: 'a', user: name, who: 'field' });

  it('a correlation that only feeds another is silent, and the order of documents does not matter', () => {
    for (const order of [0, 1]) {
      const documents = [correlationNamed('y', outer), correlationNamed('x', inner)];
      const { at } = correlated(order === 0 ? documents : documents.reverse());
      assert.deepEqual(at(0, user('u')), []);
      assert.deepEqual(at(1, user('u')), []);
      assert.deepEqual(at(2, user('v')), []);
      assert.deepEqual(at(3, user('v')), ['y']);
    }
  });

  it('with generate it is heard', () => {
    const { at } = correlated([correlationNamed('x', inner), correlationNamed('y', `${outer}\ngenerate: true`)]);
    assert.deepEqual(at(0, user('u')), []);
    assert.deepEqual(at(1, user('u')), ['x']);
    assert.deepEqual(at(2, user('u')), ['x', 'y']);
  });

  it('the group values of the inner one are read by name and by alias, other fields from its event', () => {
    const byAlias = `${outer}\naliases:\n  who: {x: user}`;
    const { at } = correlated([correlationNamed('x', inner), correlationNamed('y', byAlias)]);
    assert.deepEqual(
      [0, 1].map((second) => at(second, user('u'))),
      [[], []],
    );
    assert.deepEqual(
      [2, 3].map((second) => at(second, user('v'))),
      [[], []],
    );
    assert.deepEqual(at(4, user('u')), ['y']);
  });

  it('an inner correlation that has the name itself gives its own group, though the event has another field', () => {
    const renamed = `type: event_count\nrules: [a, b]\ngroup-by: [who]\ntimespan: 10s\ncondition: {gte: 2}\naliases:\n  who: {a: user, b: user}`;
    const { at } = correlated([correlationNamed('x', renamed), correlationNamed('y', outer)]);
    for (const name of ['u', 'v']) assert.deepEqual([at(0, user(name)), at(0, user(name))], [[], []]);
    assert.deepEqual(at(0, user('u')), ['y']);
  });

  it('an event that is like one before is counted, though its answer is known', () => {
    const { set } = correlated([correlationNamed('x', pair(''))]);
    const event = { logsource: { product: 'linux' }, fields: a, likeness: 'same', timestampMs: 0 };
    const found = [1, 2, 3].map(() => set.matching(event).map(({ meta }) => meta.id));
    assert.deepEqual(found, [[], ['x'], ['x']]);
  });

  it('an event without a time is taken at that of the event before', () => {
    const { set, at } = correlated([correlationNamed('x', pair(''))]);
    at(1000, a);
    assert.equal(set.matching({ logsource: {}, fields: a }).length, 1);
    assert.deepEqual(at(1061, a), []);
  });
});

describe('correlations: why it fired', () => {
  it('the match has type, group, value, timespan and the latest events', () => {
    const body = 'type: value_count\nrules: [a, b]\ngroup-by: [g]\ntimespan: 1m\ncondition: {field: n, gte: 2}';
    const { set } = correlated([correlationNamed('x', body)]);
    const evaluate = (second: number, fields: EventFields) =>
      set.evaluate({
        id: `e${second}`,
        ordinal: 3,
        timestampMs: second * 1000,
        logsource: { product: 'linux' },
        fields,
      });
    for (let second = 0; second < 30; second++) evaluate(second, { is: 'a', g: 'x', n: '1' });
    const [match] = evaluate(30, { is: 'b', g: 'x', n: '2' });
    assert.equal(match?.rule.id, 'x');
    assert.deepEqual(match?.selections, {});
    const { events = [], ...rest } = match?.correlation ?? {};
    assert.deepEqual(rest, { type: 'value_count', groupBy: { g: 'x' }, timespanMs: 60_000, value: 2, eventCount: 31 });
    assert.equal(events.length, 20);
    assert.deepEqual(events[0], { id: 'e11', timestamp: '1970-01-01T00:00:11.000Z', rule: 'a' });
    assert.deepEqual(events.at(-1), { id: 'e30', timestamp: '1970-01-01T00:00:30.000Z', rule: 'b' });
  });
});

describe('correlations: an event that is read again', () => {
  const body = 'type: event_count\nrules: a\ntimespan: 10s\ncondition: {gte: 2}';

  it('is not counted again, and fires as it did before', () => {
    const { at } = correlated([correlationNamed('x', body)]);
    assert.deepEqual([at(0, a, '1'), at(0, a, '1'), at(0, a, '2'), at(0, a, '1')], [[], [], ['x'], ['x']]);
    at(60, a, '3');
    assert.deepEqual(at(0, a, '1'), ['x']);
  });

  it('is another where its ordinal or its logsource is', () => {
    const { set } = correlated([correlationNamed('x', body)]);
    const event = { id: '1', timestampMs: 0, logsource: { product: 'linux', service: 'auditd' }, fields: a };
    assert.equal(set.matching({ ...event, ordinal: 1 }).length, 0);
    assert.equal(set.matching({ ...event, ordinal: 1 }).length, 0);
    assert.equal(set.matching({ ...event, ordinal: 2 }).length, 1);
  });
});
