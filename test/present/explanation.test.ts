import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { ConditionResult, Explanation, ItemResult, RuleExplanation } from '../../src/model/explanation.ts';
import { explanationLines } from '../../src/present/explanation.ts';

const plain = { columns: 80, color: false };
const linux = { product: 'linux' };

function item(of: Partial<ItemResult> & Pick<ItemResult, 'predicate'>): ItemResult {
  return { kind: 'item', held: false, values: [], ...of };
}

function explanation(condition: ConditionResult, of: Partial<RuleExplanation> = {}): RuleExplanation {
  const rule = { id: 'r', title: 'A \u202erule' };
  return { rule, matched: condition.held, logsource: { rule: linux, event: linux, fits: true }, condition, ...of };
}

/** The lines below title and log source. */
function lines(condition: ConditionResult): readonly string[] {
  return explanationLines(explanation(condition), plain).slice(2);
}

function selection(of: ItemResult): ConditionResult {
  return { kind: 'selection', name: 'sel', held: of.held, of };
}

describe('explanationLines', () => {
  it('shows a tree with what held before each part', () => {
    const held = item({
      held: true,
      predicate: { field: 'f', kind: 'ends_with', values: ['/a', '/b'] },
      found: '/bin/b',
      values: [
        { value: '/a', held: false, why: 'differs' },
        { value: '/b', held: true },
      ],
    });
    const missing = item({
      predicate: { field: 'Image', kind: 'match', values: ['x'] },
      similarField: 'image',
      values: [{ value: 'x', held: false, why: 'missing' }],
    });
    const condition: ConditionResult = {
      kind: 'and',
      held: false,
      of: [
        {
          kind: 'quantifier',
          text: '1 of s*',
          held: true,
          of: [
            { kind: 'selection', name: 's1', held: true, of: { kind: 'any', held: true, of: [held, missing] } },
            { kind: 'selection', name: 's2', held: false, of: { kind: 'all', held: false, of: [held, missing] } },
          ],
        },
        { kind: 'not', held: false, of: { kind: 'or', held: true, of: [selection(held)] } },
      ],
    };
    assert.deepEqual(explanationLines(explanation(condition), plain), [
      'A \\u{202e}rule: does not match',
      'yes  log source product linux',
      'no   all of these',
      'yes    1 of s*',
      'yes      s1',
      'yes        any of these',
      "yes          f ends with any of '/a', '/b'",
      "               the event has '/bin/b'",
      "               there: '/b'",
      "no           Image contains 'x'",
      "               the event has no Image, but 'image': names are compared with case",
      'no       s2',
      "yes        f ends with any of '/a', '/b'",
      "             the event has '/bin/b'",
      "             there: '/b'",
      "no         Image contains 'x'",
      "             the event has no Image, but 'image': names are compared with case",
      'no     not',
      'yes      any of these',
      'yes        sel',
      "yes          f ends with any of '/a', '/b'",
      "               the event has '/bin/b'",
      "               there: '/b'",
    ]);
  });

  it('tells of all values those that are not there, and those that differ in case only', () => {
    const of = item({
      predicate: { field: 'f', kind: 'match', values: ['Ab', 'c', 'd'], every: true, modifiers: ['cased'] },
      found: "it's ab\x1b[0m and d",
      values: [
        { value: 'Ab', held: false, why: 'case' },
        { value: 'c', held: false, why: 'differs' },
        { value: 'd', held: true },
      ],
    });
    assert.deepEqual(lines(selection(of)), [
      'no   sel',
      "no     f contains all of 'Ab', 'c', 'd' (cased)",
      "         the event has 'it's ab\\x1b[0m and d'",
      "         not there: 'Ab', 'c'",
      "         differs in upper and lower case only: 'Ab'",
    ]);
  });

  it('shortens long lists and long values', () => {
    const values = Array.from({ length: 30 }, (_, number) => ({ value: `v${number}`, held: true }));
    const of = item({
      held: true,
      predicate: { field: null, kind: 'match', values: values.map(({ value }) => value) },
      found: 'x'.repeat(1_000_000),
      values,
    });
    const shown = lines(selection(of));
    assert.ok(shown.some((line) => line.endsWith('and 18 more')));
    assert.ok(shown.some((line) => line.endsWith("…'")));
    assert.ok(shown.length < 20);
  });

  it('says why keywords cannot be found, and shows lists as JSON has them', () => {
    const predicate = { field: null, kind: 'match', values: ['k'] };
    assert.ok(lines(selection(item({ predicate }))).includes('         the event has no message to search'));
    const found = item({ predicate: { field: 'f', kind: 'equals', values: [1] }, found: ['a', null, 7] });
    assert.ok(lines(selection(found)).includes('         the event has ["a",null,7]'));
  });

  it('says when the rule is for other events, and when the event does not say what it is', () => {
    const condition = selection(item({ held: true, predicate: { field: 'f', kind: 'null', values: [null] } }));
    const logsource = { rule: linux, event: { product: 'windows', service: 's' }, fits: false };
    assert.deepEqual(explanationLines(explanation(condition, { matched: false, logsource }), plain).slice(0, 3), [
      'A \\u{202e}rule: does not match',
      'no   log source product linux',
      '     the event has product windows, service s',
    ]);
    const unsaid = { rule: linux, event: {}, fits: true };
    assert.equal(
      explanationLines(explanation(condition, { logsource: unsaid }), plain)[2],
      '     the event names none, so that every rule applies',
    );
  });

  it('names filters by their title', () => {
    const of = item({ predicate: { field: 'f', kind: 'equals', values: ['x'] } });
    const condition: ConditionResult = { kind: 'selection', name: 'id/sel', held: false, of };
    const shown = explanationLines(explanation(condition), plain, new Map([['id', 'No admins']]));
    assert.equal(shown[2], "no   sel of the filter 'No admins'");
  });

  it('explains the rules of a correlation', () => {
    const part = explanation(selection(item({ held: true, predicate: { field: 'f', kind: 'equals', values: [] } })));
    const correlation: Explanation = {
      rule: { id: 'c', title: 'Many' },
      matched: true,
      correlation: 'event_count',
      rules: [part],
    };
    const shown = explanationLines(correlation, plain);
    assert.equal(shown[0], 'Many: one event matches its rules');
    assert.ok(shown.includes('A \\u{202e}rule: matches'));
  });

  it('has colours for marks only', () => {
    const condition = selection(item({ predicate: { field: 'f', kind: 'equals', values: ['yes'] } }));
    const colored = explanationLines(explanation(condition), { ...plain, color: true });
    assert.ok(colored[2]?.startsWith('\x1b[31mno \x1b[0m  sel'));
    assert.deepEqual(colored.map(stripVTControlCharacters), explanationLines(explanation(condition), plain));
  });
});
