import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ItemPredicate } from '../../src/model/rule-page.ts';
import { stagesOf } from '../../src/sigma/stages.ts';
import { parse, ruleText } from './support.ts';

function stages(detection: string) {
  const { rules } = parse(ruleText(detection));
  const [rule] = rules;
  if (!rule) throw new Error('no rule');
  return stagesOf(rule);
}

describe('stagesOf', () => {
  it('gives the condition and then each selection in the order of the rule', () => {
    assert.deepEqual(stages('b: {f: x}\na: {g: y}\ncondition: a and not b'), [
      { name: 'condition', predicate: 'a and not b' },
      { name: 'b', predicates: [[{ field: 'f', kind: 'equals', values: ['x'] }]] },
      { name: 'a', predicates: [[{ field: 'g', kind: 'equals', values: ['y'] }]] },
    ]);
  });

  it('gives a map as predicates that hold together, and maps in a list as alternatives', () => {
    const predicate = (field: string): ItemPredicate => ({ field, kind: 'equals', values: ['x'] });
    assert.deepEqual(stages('a: [{f: x, g: x}, {h: x}, [{i: x}, {j: x}]]\ncondition: a')[1], {
      name: 'a',
      predicates: [[predicate('f'), predicate('g')], [predicate('h')], [predicate('i')], [predicate('j')]],
    });
  });

  const items: readonly [item: string, predicate: Omit<ItemPredicate, 'field'>][] = [
    ['f|contains: [from pty , "A "]', { kind: 'match', values: ['from pty', 'A '] }],
    ['f|startswith: x', { kind: 'starts_with', values: ['x'] }],
    ['f|endswith: x', { kind: 'ends_with', values: ['x'] }],
    ['f: 7', { kind: 'equals', values: [7] }],
    ['f: true', { kind: 'equals', values: [true] }],
    ["f: ''", { kind: 'equals', values: [''] }],
    ["f: [a, 'b*']", { kind: 'wildcard', values: ['a', 'b*'] }],
    ['f: null', { kind: 'null', values: [null] }],
    ['f: [null, a]', { kind: 'equals', values: [null, 'a'] }],
    ['f|re|i: ^x', { kind: 'regex', values: ['^x'], modifiers: ['i'] }],
    ['f|cidr: 10.0.0.0/8', { kind: 'cidr', values: ['10.0.0.0/8'] }],
    ['f|gte: 3', { kind: 'gte', values: [3] }],
    ['f|exists: false', { kind: 'exists', values: [false] }],
    ['f|fieldref|endswith: g', { kind: 'fieldref', values: ['g'], modifiers: ['endswith'] }],
    ['f|contains|all: [x, y]', { kind: 'match', values: ['x', 'y'], every: true }],
    ['f|endswith|neq: x', { kind: 'ends_with', values: ['x'], negated: true }],
    ['f|contains|cased: x', { kind: 'match', values: ['x'], modifiers: ['cased'] }],
    ['f|windash|contains: -x', { kind: 'match', values: ['-x'], modifiers: ['windash'] }],
    ['f|wide|base64offset|contains: x', { kind: 'match', values: ['x'], modifiers: ['wide', 'base64offset'] }],
  ];
  for (const [item, predicate] of items) {
    it(item, () => {
      const stage = stages(`a: {${item}}\ncondition: a`)[1];
      assert.deepEqual(stage, { name: 'a', predicates: [[{ field: 'f', ...predicate }]] });
    });
  }

  it('gives keywords without a field', () => {
    assert.deepEqual(stages("a: [x, y]\nb: {'|all': [x, y]}\ncondition: a and b").slice(1), [
      { name: 'a', predicates: [[{ field: null, kind: 'match', values: ['x', 'y'] }]] },
      { name: 'b', predicates: [[{ field: null, kind: 'match', values: ['x', 'y'], every: true }]] },
    ]);
  });
});
