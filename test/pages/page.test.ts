import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RulePage } from '../../src/model/rule-page.ts';
import { pageOf } from '../../src/pages/page.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import { ruleText } from '../sigma/support.ts';

const unknown = { verdict: 'unknown', reasons: [] };

/** The page of the last document of a text. */
function page(...texts: readonly string[]): RulePage {
  const report = createReport();
  const documents = parseDocuments(texts.join('---\n'), 'r.yml', report);
  const collection = link(documents, report);
  const errors = report.problems.filter(({ severity }) => severity === 'error');
  const last = documents.at(-1);
  if (!last || errors.length > 0) throw new Error(errors.map(({ text }) => text).join('\n'));
  return pageOf(last, { documents, collection }, unknown);
}

function rule(detection: string, logsource = 'product: linux', id = 'r'): string {
  return ruleText(`${detection}\ncondition: 1 of them`, { id, logsource });
}

function correlation(id: string, lines: readonly string[]): string {
  const indented = lines.map((line) => `  ${line}`).join('\n');
  return `title: Title of ${id}\nid: ${id}\nlevel: high\ncorrelation:\n${indented}\n`;
}

describe('what feeds the fields of a rule', () => {
  const rows: readonly [detection: string, logsource: string, events: string[], fields: [string, ...string[]][]][] = [
    [
      'a: {Image: x, CommandLine: y, Hashes: z}\nb: {Image: q}',
      'product: linux\n  category: process_creation',
      ['process_creation'],
      [
        ['Image', 'audit', 'proc'],
        ['CommandLine', 'audit', 'proc'],
        ['Hashes', 'audit', 'proc'],
      ],
    ],
    [
      'a: {exe|fieldref: comm}\nb: [needle]',
      'product: linux\n  service: auditd',
      ['auditd'],
      [
        ['exe', 'audit'],
        ['comm', 'audit'],
        ['keywords', 'audit'],
      ],
    ],
    ['a: [needle]', 'product: linux\n  service: sshd', ['log'], [['keywords', 'log']]],
    ['a: {Image: x}', 'product: windows', [], [['Image']]],
  ];
  for (const [detection, logsource, events, fields] of rows) {
    it(`with ${logsource.replaceAll(/\s+/g, ' ')}: ${detection.replace('\n', ' ')}`, () => {
      const { eventCoverage } = page(rule(detection, logsource));
      assert.deepEqual(eventCoverage, {
        ...unknown,
        events,
        fields: fields.map(([name, ...fedBy]) => ({ name, fedBy })),
      });
    });
  }
});

describe('the page of a correlation', () => {
  const process = 'product: linux\n  category: process_creation';
  const first = rule('a: {Image: x}', process, 'first');
  const second = rule('a: {type: EXECVE}', 'product: linux\n  service: auditd', 'second');
  const inner = correlation('inner', [
    'type: value_count',
    'rules: [first, second]',
    'group-by: [who]',
    'aliases: {who: {first: User, second: auid}}',
    'timespan: 5m',
    'condition: {field: Tty, gte: 3, lt: 9}',
  ]);
  const outer = correlation('outer', ['type: temporal', 'rules: [inner, first]', 'timespan: 90s', 'generate: true']);

  it('says what it counts, when it fires and what its rules read', () => {
    const { correlation: facts, stages, eventCoverage, indicators, kind } = page(first, second, inner);
    assert.equal(kind, 'correlation');
    assert.deepEqual(facts, {
      type: 'value_count',
      rules: [
        { id: 'first', title: 'A rule' },
        { id: 'second', title: 'A rule' },
      ],
      groupBy: ['who'],
      timespanMs: 300_000,
      condition: 'value_count of Tty < 9 and >= 3',
      generate: false,
    });
    assert.deepEqual(stages, [
      { name: 'condition', predicate: 'value_count of Tty < 9 and >= 3' },
      { name: 'A rule', predicate: '1 of them' },
      { name: 'A rule', predicate: '1 of them' },
    ]);
    assert.deepEqual(eventCoverage.events, ['process_creation', 'auditd']);
    assert.deepEqual(
      eventCoverage.fields.map(({ name }) => name),
      ['Image', 'type', 'User', 'Tty', 'auid'],
    );
    assert.deepEqual(indicators, []);
  });

  it('follows correlations of correlations', () => {
    const { correlation: facts, stages, eventCoverage } = page(first, second, inner, outer);
    assert.equal(facts?.generate, true);
    assert.deepEqual(stages[1], { name: 'Title of inner', predicate: 'value_count of Tty < 9 and >= 3' });
    assert.ok(eventCoverage.fields.some(({ name }) => name === 'auid'));
  });

  const conditions: readonly [lines: readonly string[], condition: string][] = [
    [['type: event_count', 'rules: [first]', 'condition: {gte: 5}'], 'event_count >= 5'],
    [['type: temporal', 'rules: [first, second]'], 'temporal of its rules >= 2'],
    [['type: temporal_ordered', 'condition: first and not second'], 'temporal_ordered of first and not second'],
    [
      ['type: value_percentile', 'rules: [first]', 'condition: {field: LogonId, percentile: 95, neq: 1}'],
      'value_percentile 95 of LogonId is not 1',
    ],
  ];
  for (const [lines, condition] of conditions) {
    it(condition, () => {
      assert.equal(page(first, second, correlation('c', [...lines, 'timespan: 1m'])).correlation?.condition, condition);
    });
  }
});

describe('the page of a filter', () => {
  it('counts its own values too', () => {
    const filter =
      'title: F\nid: f\nlogsource: {product: linux}\nfilter: {rules: any, sel: {Image: [x, y]}, condition: not sel}\n';
    const { kind, indicators } = page(rule('a: {Image: x}'), filter);
    assert.equal(kind, 'filter');
    assert.deepEqual(indicators[0]?.values, [
      { value: 'x', corpus: 2, excluded: true },
      { value: 'y', corpus: 1, excluded: true },
    ]);
  });
});

describe('what a rule says of ATT&CK', () => {
  it('is techniques by name and tactics, also those of techniques', () => {
    const tags = 'tags: [attack.persistence, attack.t1059.006, attack.T1059, attack.t9999, cve.2024-1]\n';
    const { attack, tactics } = page(rule('a: {Image: x}') + tags);
    assert.deepEqual(tactics, ['persistence', 'execution']);
    assert.deepEqual(attack, [
      { id: 'T1059.006', name: 'Command and Scripting Interpreter: Python', tactics: ['execution'] },
      { id: 'T1059', name: 'Command and Scripting Interpreter', tactics: ['execution'] },
      { id: 'T9999', tactics: [] },
    ]);
  });
});
