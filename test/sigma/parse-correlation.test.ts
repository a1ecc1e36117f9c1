import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRuleSet } from '../../src/rule-set.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import { type Correlation, correlationTypes } from '../../src/sigma/rule.ts';
import { ruleNamed } from '../correlation/support.ts';

/** A correlation whose keys stand from line 4 on, at column 3; one that is null is left out. */
function correlation(keys: Readonly<Record<string, string | null>>): string {
  const all = { type: 'event_count', rules: '[a, b]', timespan: '5m', condition: '{gte: 5}', ...keys };
  const lines = Object.entries(all).flatMap(([key, value]) => (value === null ? [] : `  ${key}: ${value}\n`));
  return `title: x\nlevel: low\ncorrelation:\n${lines.join('')}`;
}

function parse(text: string): { readonly parsed: Correlation | undefined; readonly problems: readonly string[] } {
  const report = createReport();
  const [parsed] = parseDocuments(text, 'r.yml', report);
  return {
    parsed: parsed?.kind === 'correlation' ? parsed : undefined,
    problems: report.problems.map(({ severity, at, text: said }) => `${severity} ${at.line}:${at.column} ${said}`),
  };
}

const types =
  'event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile, value_median';
const temporal = { type: 'temporal', condition: null };
const count = 'the count is whole, at least 1 and at most 100000, which is as many events as are kept';

const names = Array.from({ length: 257 }, (_, at) => `r${at}`);
const many = `[${names}]`;
const manyOr = names.join(' or ');
const manyKeys = names.map((name) => `${name}: x`).join(', ');

const rejected: readonly [keys: Readonly<Record<string, string | null>>, problem: string][] = [
  [{ type: null }, `4:3 'correlation' needs a 'type': ${types}`],
  [{ type: 'event_cuont' }, "4:9 unknown correlation type 'event_cuont' (did you mean 'event_count'?)"],
  [{ type: 'threshold' }, `4:9 unknown correlation type 'threshold': ${types}`],
  [{ type: '[event_count]' }, `4:9 'correlation' needs a 'type': ${types}`],
  [{ groupby: 'User' }, "8:3 'correlation' has no key 'groupby' (did you mean 'group-by'?)"],
  [{ timeframe: '5m' }, "8:3 'correlation' has no key 'timeframe' (did you mean 'timespan'?)"],
  [{ xyz: '1' }, "8:3 'correlation' has no key 'xyz'"],
  [{ rules: null }, "4:3 'correlation' needs 'rules': a list of rule ids or names"],
  [{ rules: '[]' }, "5:3 'correlation' needs 'rules': a list of rule ids or names"],
  [{ rules: '[a, [b]]' }, "5:14 'rules' holds one name or a list of names"],
  [{ rules: many }, "5:10 'rules' holds more than 256 names"],
  [{ ...temporal, rules: null, condition: manyOr }, '6:14 condition: names more than 256 rules'],
  [{ 'group-by': '[ip]', aliases: `{ip: {${manyKeys}}}` }, "9:17 alias 'ip' names more than 256 rules"],
  [{ aliases: `{${manyKeys}}` }, "8:12 'aliases' holds more than 256 names"],
  [{ 'group-by': '{User: x}' }, "8:13 'group-by' holds one name or a list of names"],
  [{ 'group-by': '[User, null]' }, "8:20 'group-by' holds one name or a list of names"],
  [{ timespan: null }, "4:3 'correlation' needs a 'timespan', such as 5m"],
  ...['1h30m', '60', '0m', '-1m', '5 m', '5M5', '1.5h', '5x', '[5m]', '99999999999999999999y'].map(
    (timespan): [Record<string, string>, string] => [
      { timespan },
      `6:13 'timespan' is a number above 0 and one of s, m, h, d, w, M and y, such as 5m, and not '${timespan === '[5m]' ? '' : timespan}'`,
    ],
  ),
  [{ generate: 'yes please' }, "8:13 'generate' is true or false"],
  [{ condition: null }, "4:3 event_count needs a 'condition', such as 'gte: 5'"],
  [{ type: 'value_count', condition: null }, "4:3 value_count needs a 'condition', such as 'field: User' and 'gte: 5'"],
  [{ condition: '[gte]' }, "7:14 'condition' is a map such as 'gte: 5'"],
  [{ condition: '5' }, "7:14 'condition' is a map such as 'gte: 5'"],
  [
    { condition: 'a and b' },
    "7:14 the condition of event_count is a map such as 'gte: 5'; an expression over rules belongs to temporal and temporal_ordered",
  ],
  [{ condition: '{}' }, "7:14 'condition' needs one of lt, lte, gt, gte, eq, neq"],
  [{ condition: '{get: 5}' }, "7:15 the condition of a correlation has no 'get' (did you mean 'gt'?)"],
  [
    { condition: '{gte: 5, threshold: 5}' },
    "7:23 the condition of a correlation has no 'threshold': lt, lte, gt, gte, eq, neq, field, percentile",
  ],
  [{ condition: '{gte: many}' }, "7:20 'gte' needs a number"],
  [{ condition: '{gte: true}' }, "7:20 'gte' needs a number"],
  [{ condition: '{gte: .inf}' }, "7:20 'gte' needs a number"],
  [{ condition: '{gte: [5]}' }, "7:20 'gte' needs a number"],
  [{ condition: '{gte: 5, field: User}' }, "7:23 event_count counts events, not the values of a 'field'"],
  [
    { type: 'temporal', condition: '{gte: 2, field: User}' },
    "7:23 temporal counts events, not the values of a 'field'",
  ],
  [{ type: 'value_count' }, "7:14 value_count needs the 'field' whose values it takes"],
  [{ type: 'value_avg' }, "7:14 value_avg needs the 'field' whose values it takes"],
  [{ type: 'value_sum', condition: '{gte: 5, field: [x, y]}' }, "7:23 value_sum takes one 'field'"],
  [{ condition: '{gte: 5, percentile: 5}' }, "7:23 event_count takes no 'percentile'"],
  ...['101', '-1', 'x'].map((percentile): [Record<string, string>, string] => [
    { type: 'value_percentile', condition: `{gte: 5, field: x, percentile: ${percentile}}` },
    "7:45 'percentile' is a number from 0 to 100",
  ]),
  ...['{gte: 100001}', '{lt: 1}', '{gt: 5, lt: 6}', '{eq: 1.5}', '{eq: 2, neq: 2}', '{lt: 3, gt: 3}'].map(
    (condition): [Record<string, string>, string] => [{ condition }, `7:14 this condition can never hold: ${count}`],
  ),
  [
    { type: 'temporal', condition: '{gte: 3}' },
    '7:14 this condition can never hold: the number of rules is whole, at least 1 and at most 2',
  ],
  [
    { type: 'value_avg', condition: '{field: x, gt: 2, lte: 2}' },
    '7:14 this condition can never hold: no number is within all bounds',
  ],
  [{ ...temporal, condition: 'a and' }, '7:19 condition: a selection expected at the end'],
  [{ ...temporal, condition: 'a and cc' }, "7:20 condition: no selection is named 'cc'"],
  [{ ...temporal, condition: 'a' }, "5:14 the condition does not say what 'b' is for"],
  [
    { ...temporal, condition: 'a and b and not a' },
    '7:14 this condition can never hold: an event counts when one of the rules has matched it',
  ],
  [
    { ...temporal, rules: null, condition: 'not a and not b' },
    '6:14 this condition can never hold: an event counts when one of the rules has matched it',
  ],
  [
    {
      type: 'temporal_ordered',
      rules: null,
      condition: Array.from({ length: 9 }, (_, at) => `(a${at} or b${at})`).join(' and '),
    },
    '6:14 condition: it can hold in more than 256 ways, write several correlations',
  ],
  [{ aliases: '[x]' }, "8:12 'aliases' is a map of maps: alias, rule, field"],
  [{ 'group-by': '[ip]', aliases: '{ip: src}' }, "9:17 alias 'ip' is a map of rules and their fields"],
  [{ 'group-by': '[ip]', aliases: '{ip: {a: [x]}}' }, "9:21 alias 'ip' needs the name of a field of 'a'"],
];

describe('a correlation that is bad is left out, with the place', () => {
  for (const [keys, problem] of rejected) {
    it(JSON.stringify(keys).slice(0, 120), () => {
      const { parsed, problems } = parse(correlation(keys));
      assert.deepEqual([parsed, problems], [undefined, [`error ${problem}`]]);
    });
  }

  it('all its problems are named', () => {
    const { problems } = parse('correlation: {type: x, generate: 7, condition: {}}\n');
    assert.equal(problems.filter((problem) => problem.startsWith('error')).length, 4);
  });

  it('what is no map', () => {
    assert.deepEqual(parse('title: x\ncorrelation: 7\n').problems, ["error 2:14 'correlation' is a map"]);
  });
});

describe('a correlation', () => {
  const timespans: readonly [string, number][] = [
    ['1s', 1000],
    ['05m', 300_000],
    ['"2h"', 7_200_000],
    ['3d', 259_200_000],
    ['1w', 604_800_000],
    ['1M', 2_629_746_000],
    ['1y', 31_556_952_000],
  ];
  for (const [written, ms] of timespans) {
    it(`has a timespan of ${written}`, () => {
      const { parsed, problems } = parse(correlation({ timespan: written }));
      assert.deepEqual([parsed?.timespanMs, problems], [ms, []]);
    });
  }

  it('has bounds, fields and percentile', () => {
    const { parsed, problems } = parse(
      correlation({ type: 'value_percentile', condition: '{field: x, gte: "5", lt: 7.5, percentile: 95}' }),
    );
    assert.deepEqual(problems, []);
    const bounds = [
      { operator: 'lt', number: 7.5 },
      { operator: 'gte', number: 5 },
    ];
    assert.deepEqual(parsed?.condition, { kind: 'threshold', bounds, fields: ['x'], percentile: 95 });
  });

  it('asks for all rules where a temporal one says nothing else', () => {
    for (const condition of [null, 'null']) {
      const { parsed, problems } = parse(correlation({ ...temporal, condition }));
      assert.deepEqual(problems, []);
      assert.deepEqual(parsed?.condition, {
        kind: 'threshold',
        bounds: [{ operator: 'gte', number: 2 }],
        fields: [],
        percentile: 50,
      });
    }
  });

  it('has the rules of its expression, each once, where none are listed', () => {
    const { parsed, problems } = parse(correlation({ ...temporal, rules: null, condition: 'b AND (a or not b)' }));
    assert.deepEqual(problems, ["warning 6:16 write 'and' in lower case: other tools do not read 'AND'"]);
    assert.deepEqual(
      parsed?.rules.map(({ to, at }) => [to, at.line, at.column]),
      [
        ['b', 6, 14],
        ['a', 6, 21],
      ],
    );
  });

  it('may say 1 of its rules', () => {
    const { parsed, problems } = parse(correlation({ ...temporal, rules: '[a1, a2, b]', condition: '1 of a* and b' }));
    assert.deepEqual(problems, []);
    assert.equal(parsed?.condition.kind, 'expression');
  });

  it('takes one rule and one group-by field as text', () => {
    const { parsed } = parse(correlation({ rules: 'a', 'group-by': 'User', generate: 'true' }));
    assert.deepEqual([parsed?.rules.map(({ to }) => to), parsed?.groupBy, parsed?.generate], [['a'], ['User'], true]);
  });

  it('has aliases, and one that nothing is grouped by is doubtful', () => {
    const { parsed, problems } = parse(correlation({ 'group-by': '[host]', aliases: '{hots: {a: x, b: y}}' }));
    assert.deepEqual(problems, ["warning 9:13 no 'group-by' names the alias 'hots' (did you mean 'host'?)"]);
    assert.deepEqual(
      parsed?.aliases.map(({ name, fields }) => [name, fields.map(({ rule, field }) => [rule.to, field])]),
      [
        [
          'hots',
          [
            ['a', 'x'],
            ['b', 'y'],
          ],
        ],
      ],
    );
  });
});

describe('correlation text that is meant to hurt', () => {
  const good = [ruleNamed('a'), ruleNamed('b'), correlation({ 'group-by': '[g]', aliases: '{g: {a: x, b: y}}' })].join(
    '---\n',
  );
  const said = ['not', 'and', 'or', '1 of *', '(', ')', '[', '{', ': ', '- ', '\n', '~', '&a *a'];

  it('never throws, and what loads of it runs', () => {
    const anyEdit = fc.record({
      at: fc.nat({ max: good.length }),
      cut: fc.nat({ max: 12 }),
      put: fc.oneof(
        fc.constantFrom(...said, ...correlationTypes),
        fc.string({ maxLength: 6 }),
        fc.double().map(String),
      ),
    });
    fc.assert(
      fc.property(fc.array(anyEdit, { minLength: 1, maxLength: 4 }), (edits) => {
        const text = edits.reduce((now, { at, cut, put }) => now.slice(0, at) + put + now.slice(at + cut), good);
        const report = createReport();
        const set = createRuleSet(link(parseDocuments(text, 'r.yml', report), report));
        for (const is of [['a', 'b'], 'a', 7]) set.evaluate({ logsource: {}, fields: { is, x: is, g: null } });
      }),
      { numRuns: 500 },
    );
  });
});
