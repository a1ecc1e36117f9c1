import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Matchable } from '../../src/matching/event-view.ts';
import { explain } from '../../src/matching/explain.ts';
import type { ConditionResult, DetectionResult, Explanation, ItemResult } from '../../src/model/explanation.ts';
import type { FieldValue } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import { event, ruleText } from '../sigma/support.ts';

/** Explains the first document of a text in which documents are linked. */
function explained(text: string, subject: Matchable): Explanation {
  const report = createReport();
  const documents = parseDocuments(text, 'r.yml', report);
  const [first] = documents;
  const collection = link(documents, report);
  const errors = report.problems.filter(({ severity }) => severity === 'error');
  if (!first || errors.length > 0) throw new Error(errors.map((problem) => problem.text).join('\n'));
  return explain(first, collection, subject);
}

function conditionOf(explanation: Explanation): ConditionResult {
  if (!('condition' in explanation)) throw new Error('no rule');
  return explanation.condition;
}

/** The only item of a rule whose condition is its one selection. */
function itemOf(item: string, subject: Matchable): ItemResult {
  const condition = conditionOf(explained(ruleText(`sel: ${item}\ncondition: sel`), subject));
  const of: DetectionResult | undefined = condition.kind === 'selection' ? condition.of : undefined;
  if (of?.kind !== 'item') throw new Error('not one item');
  return of;
}

describe('explain', () => {
  it('walks the condition as a tree', () => {
    const rule = ruleText(
      's_a: {f: x}\ns_b: [{f: y}, {g: z, h: 1}]\nno: {f: q}\ncondition: 1 of s_* and not (no or s_a)',
    );
    const condition = conditionOf(explained(rule, event({ f: 'X', g: 'z' })));
    const shape = (node: ConditionResult | DetectionResult): unknown => {
      if (node.kind === 'item') return [node.predicate.field, node.held];
      const parts = Array.isArray(node.of) ? node.of : [node.of];
      const name = node.kind === 'selection' ? node.name : node.kind === 'quantifier' ? node.text : node.kind;
      return { [`${name} ${node.held}`]: parts.map(shape) };
    };
    assert.deepEqual(shape(condition), {
      'and false': [
        {
          '1 of s_* true': [
            { 's_a true': [['f', true]] },
            {
              's_b false': [
                {
                  'any false': [
                    ['f', false],
                    {
                      'all false': [
                        ['g', true],
                        ['h', false],
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
        { 'not false': [{ 'or true': [{ 'no false': [['f', false]] }, { 's_a true': [['f', true]] }] }] },
      ],
    });
  });

  it('says what the event has and which values held', () => {
    assert.deepEqual(itemOf('{f|endswith: [/a, /b]}', event({ f: '/bin/b' })), {
      kind: 'item',
      held: true,
      predicate: { field: 'f', kind: 'ends_with', values: ['/a', '/b'] },
      found: '/bin/b',
      values: [
        { value: '/a', held: false, why: 'differs' },
        { value: '/b', held: true },
      ],
    });
  });

  const reasons: readonly [item: string, subject: Matchable, held: boolean, why: readonly (string | undefined)[]][] = [
    ['{f: x}', event({ g: 'x' }), false, ['missing']],
    ['{f|contains|cased: [Ab, zz]}', event({ f: 'xab' }), false, ['case', 'differs']],
    ['{f|re: ^A}', event({ f: 'abc' }), false, ['case']],
    ['{f|re|i: ^B}', event({ f: 'abc' }), false, ['differs']],
    ['{f|contains|all: [a, z]}', event({ f: 'abc' }), false, [undefined, 'differs']],
    ['{f|neq: x}', event({ f: 'x' }), false, [undefined]],
    ['{f|neq: x}', event({}), true, ['missing']],
    ['{f: null}', event({}), true, [undefined]],
    ['{f|exists: true}', event({}), false, ['missing']],
    ['{f|exists: false}', event({ f: 'x' }), false, ['differs']],
    ['[needle]', event({ f: 'needle' }), false, ['missing']],
    ['[needle]', event({}, 'a NEEDLE'), true, [undefined]],
    ['{toString: x}', event({}), false, ['missing']],
    ['{f: x}', event({ f: ['y', ['X']] }), true, [undefined]],
  ];
  for (const [item, subject, held, why] of reasons) {
    it(`${item} of ${JSON.stringify(subject.fields)} ${subject.message ?? ''}`, () => {
      const result = itemOf(item, subject);
      assert.equal(result.held, held);
      assert.deepEqual(
        result.values.map((value) => value.why),
        why,
      );
    });
  }

  it('names the field whose name has another case', () => {
    assert.equal(itemOf('{CommandLine: x}', event({ commandline: 'x', Command: 'x' })).similarField, 'commandline');
  });

  it('says when the rule is for other events', () => {
    const explanation = explained(
      ruleText('sel: {f: x}\ncondition: sel', { logsource: 'service: auditd' }),
      event({ f: 'x' }),
    );
    assert.ok('logsource' in explanation && conditionOf(explanation).held);
    assert.equal(explanation.matched, false);
    assert.deepEqual(explanation.logsource, { rule: { service: 'auditd' }, event: { product: 'linux' }, fits: false });
  });

  it('takes a rule with its filters, and a filter on its own', () => {
    const rule = ruleText('sel: {f: x}\ncondition: sel', { id: 'r' });
    const filter = `title: F\nid: i\nlogsource: {product: linux}\nfilter:\n  rules: any\n  sel: {g: y}\n  condition: not sel\n`;
    const both = explained(`${rule}---\n${filter}`, event({ f: 'x', g: 'y' }));
    assert.equal(both.matched, false);
    const condition = conditionOf(both);
    assert.ok(condition.kind === 'and');
    assert.deepEqual(
      condition.of.map(({ held }) => held),
      [true, false],
    );
    assert.equal(explained(`${filter}---\n${rule}`, event({ f: 'x', g: 'z' })).matched, true);
  });
});

describe('explain of a correlation', () => {
  it('is of the rules that it counts, each once, also through other correlations', () => {
    const rule = (id: string, value: string) => ruleText(`sel: {f: ${value}}\ncondition: sel`, { id });
    const correlation = (id: string, rules: string) =>
      `title: T\nid: ${id}\nlevel: low\ncorrelation: {type: temporal, rules: [${rules}], timespan: 1m}\n`;
    const text = [correlation('outer', 'inner, a'), rule('a', 'x'), rule('b', 'y'), correlation('inner', 'a, b')];
    const explanation = explained(text.join('---\n'), event({ f: 'y' }));
    assert.ok('correlation' in explanation);
    assert.deepEqual(
      explanation.rules.map(({ rule: { id }, matched }) => [id, matched]),
      [
        ['a', false],
        ['b', true],
      ],
    );
    assert.equal(explanation.matched, true);
  });
});

describe('explain never disagrees with matching', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '-', '/', ' '), maxLength: 3 });
  const modifier = fc.constantFrom(
    '',
    '|contains',
    '|endswith|cased',
    '|startswith',
    '|contains|all',
    '|neq',
    '|contains|all|neq',
    '|windash|contains',
    '|base64offset|contains',
    '|fieldref',
  );
  const pattern = fc.constantFrom('^a', 'A+', 'b$', '(a|-)b');
  const item = fc.oneof(
    fc
      .tuple(fc.constantFrom('f', 'g', 'F'), modifier, fc.array(word, { minLength: 1, maxLength: 3 }))
      .map(([field, modifiers, values]) => ({ [field + modifiers]: values })),
    pattern.map((written) => ({ 'f|re': written })),
    fc.boolean().map((present) => ({ 'g|exists': present })),
    fc.constant({ f: null }),
    fc.integer({ min: 0, max: 2 }).map((number) => ({ 'g|gte': number })),
  );
  const map = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => Object.assign({}, ...items) as object);
  const selection = fc.oneof(map, fc.array(map, { minLength: 1, maxLength: 2 }), fc.array(word, { minLength: 1 }));
  const condition = fc.constantFrom(
    'a',
    'not a',
    'a and not b',
    'a or b',
    '1 of them',
    'all of them',
    'not (a and b)',
    'not 1 of b* or a',
  );
  const logsource = fc.constantFrom('product: linux', 'category: process_creation', 'service: auditd');
  const filter = fc
    .tuple(selection, fc.constantFrom('sel', 'not sel'))
    .map(([sel, over]) =>
      [
        'title: F\nid: 7d2cf3d3-6d5d-4b7b-9a3e-0a6a3b1b8a11\nlogsource: {product: linux}\nfilter:\n  rules: any',
        `  sel: ${JSON.stringify(sel)}\n  condition: ${over}\n`,
      ].join('\n'),
    );
  const value: fc.Arbitrary<FieldValue> = fc.oneof(
    word,
    fc.integer({ min: 0, max: 3 }),
    fc.constant(null),
    fc.array(word),
  );
  const subject = fc
    .record({ f: value, g: value, F: value, message: word }, { requiredKeys: [] })
    .chain(({ message, ...fields }) =>
      fc
        .constantFrom({ product: 'linux', category: 'process_creation' }, { product: 'linux', service: 'auditd' }, {})
        .map(
          (of): Matchable => ({
            logsource: of,
            fields: fields as Matchable['fields'],
            ...(message !== undefined && { message }),
          }),
        ),
    );

  it('on made rules, filters and events', () => {
    const property = fc.property(
      fc.tuple(selection, selection, condition, logsource),
      fc.option(filter),
      fc.array(subject, { minLength: 1, maxLength: 5 }),
      ([a, b, over, of], restricting, subjects) => {
        const detection = `a: ${JSON.stringify(a)}\nb: ${JSON.stringify(b)}\ncondition: ${over}`;
        const text = `${ruleText(detection, { logsource: of })}${restricting === null ? '' : `---\n${restricting}`}`;
        const report = createReport();
        const documents = parseDocuments(text, 'r.yml', report);
        const rule = documents.find((document) => document.kind === 'rule');
        if (!rule) return;
        const collection = link(documents, report);
        const rules = createRuleSet(collection);
        for (const one of subjects) {
          assert.equal(explain(rule, collection, one).matched, rules.matching(one).length > 0, text);
        }
      },
    );
    fc.assert(property, { numRuns: 1000 });
  });
});
