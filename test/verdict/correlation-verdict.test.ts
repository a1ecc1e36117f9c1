import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuleVerdict } from '../../src/model/verdict.ts';
import { loadRules } from '../../src/sigma/load.ts';
import { parseCondition } from '../../src/sigma/parse-condition.ts';
import { createReport } from '../../src/sigma/report.ts';
import type { Condition, Correlation, Threshold } from '../../src/sigma/rule.ts';
import { judgeCorrelation } from '../../src/verdict/correlation-verdict.ts';
import { judge } from '../../src/verdict/verdict.ts';
import { folder, parse, ruleText } from '../sigma/support.ts';
import { bareHost } from '../support/telemetry.ts';

const at = { path: 'r.yml', line: 1, column: 1 };

/** Rules of which the first can fire, the second only in part, and the third not at all. */
const [able, partial, unable] = ['able', 'partial', 'unable'].map((id, index) => {
  const [logsource, selection] = [
    ['service: auditd', 'type: ADD_USER'],
    ['category: process_creation', 'Image: x'],
    ['category: process_creation', 'Company: x'],
  ][index] as [string, string];
  const [rule] = parse(ruleText(`sel: {${selection}}\ncondition: sel`, { id, logsource })).rules;
  assert.ok(rule);
  return { ...rule, meta: { ...rule.meta, title: `Rule ${id}` } };
});
assert.ok(able && partial && unable);
const rules = [able, partial, unable];
const members = new Map(judge({ rules, correlations: [] }, bareHost).map((verdict) => [verdict.meta.id, verdict]));

function verdictOf(
  type: Correlation['type'],
  ids: readonly string[],
  condition: Correlation['condition'],
): RuleVerdict {
  const correlation: Correlation = {
    kind: 'correlation',
    meta: { ...(able as NonNullable<typeof able>).meta, id: 'c', title: 'A correlation', logsource: {} },
    name: undefined,
    digest: 'd',
    text: '',
    at,
    type,
    rules: ids.map((to) => ({ to, at })),
    groupBy: [],
    groupByAt: [],
    timespanMs: 1000,
    aliases: [],
    condition,
    generate: false,
  };
  return judgeCorrelation({ correlation, members: ids, aliases: new Map(), digest: 'd' }, members);
}

const atLeast = (number: number, fields: readonly string[] = []): Threshold => ({
  kind: 'threshold',
  bounds: [{ operator: 'gte', number }],
  fields,
  percentile: 50,
});

function expression(text: string): { kind: 'expression'; of: Condition } {
  const of = parseCondition(text, ['able', 'partial', 'unable'], () => at, createReport());
  assert.ok(of);
  return { kind: 'expression', of };
}

describe('what a correlation can do', () => {
  const rows: readonly (readonly [string, RuleVerdict, string, readonly string[]])[] = [
    ['count events of a rule that can fire', verdictOf('event_count', ['able'], atLeast(10)), 'can-fire', []],
    [
      'count events of one that cannot',
      verdictOf('event_count', ['unable'], atLeast(10)),
      'cannot-fire',
      ["the rule 'Rule unable' cannot be counted: no process_creation event here has the field Company"],
    ],
    [
      'count events of either',
      verdictOf('event_count', ['able', 'unable'], atLeast(10)),
      'degraded',
      ["the rule 'Rule unable' cannot be counted: no process_creation event here has the field Company"],
    ],
    [
      'wait for both where one cannot',
      verdictOf('temporal', ['able', 'unable'], atLeast(2)),
      'cannot-fire',
      ["the rule 'Rule unable' cannot be counted: no process_creation event here has the field Company"],
    ],
    [
      'wait for one of both',
      verdictOf('temporal_ordered', ['able', 'unable'], atLeast(1)),
      'degraded',
      ["the rule 'Rule unable' cannot be counted: no process_creation event here has the field Company"],
    ],
    [
      'wait for one that can in part',
      verdictOf('temporal', ['able', 'partial'], atLeast(2)),
      'degraded',
      [
        "the rule 'Rule partial' is degraded: no loaded audit rule records program starts; programs that end between two looks at /proc are missed",
      ],
    ],
    [
      'an expression that needs what cannot',
      verdictOf('temporal', ['able', 'unable'], expression('able and unable')),
      'cannot-fire',
      ["the rule 'Rule unable' cannot be counted: no process_creation event here has the field Company"],
    ],
    [
      'an expression that does not',
      verdictOf('temporal', ['able', 'unable'], expression('able and not unable')),
      'degraded',
      ["the rule 'Rule unable' cannot be counted: no process_creation event here has the field Company"],
    ],
    [
      'an expression with a choice',
      verdictOf('temporal', ['able', 'unable'], expression('1 of them')),
      'degraded',
      ["the rule 'Rule unable' cannot be counted: no process_creation event here has the field Company"],
    ],
    ['count values of a field', verdictOf('value_count', ['able'], atLeast(3, ['acct'])), 'can-fire', []],
    [
      'count values of a field that nothing tells',
      verdictOf('value_count', ['able'], atLeast(3, ['User'])),
      'cannot-fire',
      ["the rule 'Rule able' cannot be counted: nothing here tells User"],
    ],
  ];
  for (const [what, { verdict, reasons }, expected, texts] of rows) {
    it(what, () => {
      assert.equal(verdict, expected);
      assert.deepEqual(
        reasons.map(({ text }) => text),
        texts,
      );
    });
  }
});

it('a correlation of files is judged after its rules, also one of correlations', async (t) => {
  const never = ruleText('sel: {Company: x}\ncondition: sel', { id: 'never', logsource: 'category: process_creation' });
  const correlation = (id: string, of: string) =>
    `title: Many\nid: ${id}\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [${of}]\n  timespan: 1m\n  condition: {gte: 3}\n`;
  const path = await folder(t, {
    'a.yml': [correlation('outer', 'inner'), correlation('inner', 'never'), never].join('---\n'),
  });
  const { collection } = await loadRules([path]);
  assert.deepEqual(
    judge(collection, bareHost).map(({ meta, verdict }) => [meta.id, verdict]),
    [
      ['never', 'cannot-fire'],
      ['inner', 'cannot-fire'],
      ['outer', 'cannot-fire'],
    ],
  );
});
