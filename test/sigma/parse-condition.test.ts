import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { event, holds, parse, ruleText } from './support.ts';

const names = ['a', 'b', 'c', '_h', 'not_admin', 'filter_one', 'filter_two'];

function detection(condition: string): string {
  return `${names.map((name) => `${name}: {${name}: 1}`).join('\n')}\ncondition: ${condition}`;
}

/** Truth of a condition when exactly the named selections hold. */
const truths: readonly [condition: string, holding: string, expected: boolean][] = [
  ['a or b and c', 'a', true],
  ['a or b and c', 'b', false],
  ['(a or b) and c', 'a', false],
  ['not a and b', 'b', true],
  ['not a and b', 'a b', false],
  ['not (a and b)', 'a', true],
  ['not not a', 'a', true],
  ['not_admin', 'not_admin', true],
  ['not not_admin', '', true],
  ['1 of filter_*', 'filter_two', true],
  ['any of filter_*', 'filter_two', true],
  ['all of filter_*', 'filter_two', false],
  ['all of filter_*', 'filter_one filter_two', true],
  ['1 of *_one', 'filter_one', true],
  ['1 of f*_t*o', 'filter_two', true],
  ['not 1 of filter_*', 'filter_one', false],
  ['a and not 1 of filter_*', 'a', true],
  ['1 of them', '_h', false],
  ['1 of *', '_h', false],
  ['1 of _*', '_h', true],
  ['all of them', 'a b c not_admin filter_one filter_two', true],
  ['1 of a', 'a', true],
  ['a AND NOT b', 'a', true],
  ['a and not 1 of nothing_*', 'a', true],
  ['[a, b and c]', 'b c', true],
  ['[a, b and c]', 'b', false],
];

describe('conditions', () => {
  for (const [condition, holding, expected] of truths) {
    it(`${condition} is ${expected} with ${holding || 'nothing'}`, () => {
      const fields = Object.fromEntries(holding.split(' ').map((name) => [name, 1]));
      assert.equal(holds(detection(condition), event(fields)), expected);
    });
  }
});

const problems: readonly [condition: string, column: number, text: string][] = [
  ['a and', 19, 'condition: a selection expected at the end'],
  ['(a or b', 21, "condition: ')' expected"],
  ['a or )', 19, "condition: a selection expected instead of ')'"],
  ['a b', 16, "condition: 'and', 'or' or the end expected instead of 'b'"],
  ['filter_on', 14, "condition: no selection is named 'filter_on' (did you mean 'filter_one'?)"],
  ['a and filter_*', 20, "condition: no selection is named 'filter_*' (a pattern needs '1 of' or 'all of' before it)"],
  ['1 of zzz_*', 19, "condition: no selection is named 'zzz_*'"],
  ['not all of zzz_*', 25, "condition: no selection is named 'zzz_*'"],
  ['2 of filter_*', 14, "condition: '2 of' is not Sigma: '1 of', 'any of' or 'all of'"],
  ['1 of', 18, "condition: a name, a pattern or 'them' expected after '1 of'"],
  ['1 of filter_tow', 19, "condition: no selection is named 'filter_tow' (did you mean 'filter_two'?)"],
  ['a | count() > 5', 16, "condition: aggregations ('|') are not part of Sigma 2, write a correlation instead"],
];

describe('what is wrong with a condition, and where', () => {
  for (const [condition, column, text] of problems) {
    it(condition, () => {
      const { rules, problems: found } = parse(ruleText(detection(condition)));
      assert.deepEqual(rules, []);
      assert.deepEqual(found, [`error 14:${column} ${text}`]);
    });
  }

  it('them of nothing', () => {
    assert.deepEqual(parse(ruleText('_a: {f: x}\ncondition: 1 of them')).problems, [
      "error 8:19 condition: there is no selection that 'them' could mean; names that begin with '_' are left out",
    ]);
  });

  it('warns of upper case and of an empty not', () => {
    const condition = 'a AND not 1 of zzz';
    assert.deepEqual(parse(ruleText(`a: {f: x}\ncondition: ${condition}`)).problems, [
      "warning 8:16 write 'and' in lower case: other tools do not read 'AND'",
      "warning 8:20 condition: no selection is named 'zzz', so this 'not' always holds",
    ]);
  });

  for (const [what, condition] of [
    ['parentheses', `${'('.repeat(3000)}a${')'.repeat(3000)}`],
    ['not', `${'not '.repeat(2400)}a`],
    ['length', `a${' or a'.repeat(5000)}`],
  ] as const) {
    it(`refuses too much ${what}`, () => {
      const { rules, problems: found } = parse(ruleText(detection(condition)));
      assert.deepEqual(rules, []);
      assert.equal(found.length, 1);
    });
  }
});
