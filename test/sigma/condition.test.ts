import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { conditionText, namesOf } from '../../src/sigma/condition.ts';
import { parseCondition } from '../../src/sigma/parse-condition.ts';
import { createReport } from '../../src/sigma/report.ts';

const names = ['a', 'b', 'sel_1', 'sel_2'];

function parse(text: string) {
  const report = createReport();
  const condition = parseCondition(text, names, () => ({ path: 'r', line: 1, column: 1 }), report);
  if (!condition) throw new Error(report.problems.map((problem) => problem.text).join('\n'));
  return condition;
}

describe('conditionText', () => {
  const rows: readonly [written: string, text: string][] = [
    ['a', 'a'],
    ['all of sel_*', 'all of sel_*'],
    ['any of them', '1 of them'],
    ['a AND (b or not sel_1)', 'a and (b or not sel_1)'],
    ['(a and b) or (sel_1)', 'a and b or sel_1'],
    ['not (a or b)', 'not (a or b)'],
    ['not not a', 'not not a'],
    ['not (1 of sel_*) and a', 'not 1 of sel_* and a'],
  ];
  for (const [written, text] of rows) {
    it(`writes ${written} as ${text}`, () => assert.equal(conditionText(parse(written)), text));
  }

  it('is read as the same condition', () => {
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(...names, '1 of sel_*', 'all of them'),
        fc.tuple(tie('text'), fc.constantFrom('and', 'or'), tie('text')).map(([a, by, b]) => `(${a}) ${by} (${b})`),
        tie('text').map((inner) => `not (${inner})`),
      ),
    }));
    fc.assert(
      fc.property(text, (written) => {
        const condition = parse(written);
        const again = parse(conditionText(condition));
        // `a and (b and c)` is written without its parentheses, which changes the tree but not the text.
        assert.equal(conditionText(again), conditionText(condition));
        assert.deepEqual(truths(again), truths(condition));
      }),
    );
  });
});

/** The condition's answer for each set of selections that hold. */
function truths(condition: ReturnType<typeof parse>): readonly boolean[] {
  const holds = (node: ReturnType<typeof parse>, held: ReadonlySet<string>): boolean => {
    switch (node.kind) {
      case 'and':
        return node.of.every((part) => holds(part, held));
      case 'or':
        return node.of.some((part) => holds(part, held));
      case 'not':
        return !holds(node.of, held);
      case 'selection':
        return held.has(node.name);
      case 'quantifier':
        return node.count === 'all'
          ? node.names.every((name) => held.has(name))
          : node.names.some((name) => held.has(name));
    }
  };
  return Array.from({ length: 2 ** names.length }, (_, bits) =>
    holds(condition, new Set(names.filter((_name, place) => bits & (1 << place)))),
  );
}

describe('namesOf', () => {
  it('tells selections that speak for the condition from those that speak against it', () => {
    const { positive, negative } = namesOf(parse('a and not (b or not sel_1) and not all of sel_*'));
    assert.deepEqual([...positive], ['a', 'sel_1']);
    assert.deepEqual([...negative], ['b', 'sel_1', 'sel_2']);
  });
});
