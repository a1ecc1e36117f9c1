import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuleVerdict } from '../../src/model/verdict.ts';
import { detailLines, verdictLines } from '../../src/present/verdicts.ts';
import { columnsOf } from '../../src/text/columns.ts';
import { parse, ruleText } from '../sigma/support.ts';

const [rule] = parse(ruleText('sel: {f: x}\ncondition: sel')).rules;
assert.ok(rule);
const { meta } = rule;

const hostile: RuleVerdict = {
  meta: { ...meta, title: `A \u202e\u001b[31m title ${'that goes on '.repeat(10)}` },
  verdict: 'cannot-fire',
  reasons: [
    { kind: 'audit-rule', text: `no loaded audit rule watches ${'/a/path '.repeat(12)}`, remedy: '-w /a\n/path -p wa' },
    { kind: 'field', text: 'no \u0007 event here has the field x' },
  ],
};
const fine: RuleVerdict = { meta: { ...meta, title: 'Fine' }, verdict: 'can-fire', reasons: [] };
const unsure: RuleVerdict = { ...fine, reasons: [{ kind: 'unknown', text: 'it is not known' }] };

describe('verdicts for people', () => {
  for (const columns of [60, 80, 132]) {
    it(`keep to ${columns} columns, but for what is there to be copied`, () => {
      for (const lines of [verdictLines([hostile, fine], columns), detailLines([hostile, fine], columns)]) {
        for (const line of lines) {
          assert.ok(columnsOf(line) <= columns || line.startsWith('    auditctl '), line);
          assert.doesNotMatch(line, /\p{Cc}|\p{Cf}/u);
        }
      }
    });
  }

  it('say once what is not known', () => {
    assert.deepEqual(verdictLines([unsure, unsure, fine], 80), [
      '3 rules: 3 can fire here, 0 in part, 0 cannot',
      'it is not known',
    ]);
  });

  it('have each remedy below its reason', () => {
    const lines = detailLines([hostile], 200);
    const remedy = lines.findIndex((line) => line.includes('auditctl -w /a\\x0a/path -p wa'));
    assert.match(lines[remedy - 1] ?? '', /^ {2}- no loaded audit rule watches/);
    assert.match(lines[remedy + 1] ?? '', /^ {2}- no \\x07 event/);
  });

  it('of one rule are of one', () => {
    assert.deepEqual(verdictLines([fine], 80), ['1 rule: 1 can fire here, 0 in part, 0 cannot']);
  });
});
