import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logsource } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import type { RuleCollection } from '../../src/sigma/rule.ts';
import { told } from './support.ts';

const uuid = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;

function rule(digit: number, { logsource = '{product: linux}', name = '', detection = '{f: x}' } = {}): string {
  const named = name && `name: ${name}\n`;
  return `title: rule ${digit}\nid: ${uuid(digit)}\n${named}level: low\nlogsource: ${logsource}
detection:\n  sel: ${detection}\n  condition: sel\n---\n`;
}

function filter(
  rules: string,
  body = 'sel: {User: root}\n  condition: not sel',
  logsource = '{product: linux}',
): string {
  return `title: a filter\nlogsource: ${logsource}\nfilter:\n  rules: ${rules}\n  ${body}\n---\n`;
}

function linked(text: string): { collection: RuleCollection; problems: readonly string[] } {
  const report = createReport();
  const collection = link(parseDocuments(text, 'r.yml', report), report);
  return { collection, problems: told(report) };
}

/** Last digits of the rules that match, asked with the index and without, which have to agree. */
function matching(collection: RuleCollection, fields: Record<string, string>, logsource: Logsource = {}): string {
  const [indexed, linear] = [true, false].map((index) =>
    createRuleSet(collection, { index })
      .matching({ logsource, fields })
      .map(({ meta }) => meta.id.at(-1))
      .join(' '),
  );
  assert.equal(indexed, linear);
  return indexed ?? '';
}

describe('a filter', () => {
  it('applies to all rules of its logsource under rules: any', () => {
    const { collection, problems } = linked(rule(1) + rule(2) + filter('any'));
    assert.deepEqual(problems, []);
    assert.equal(matching(collection, { f: 'x' }), '1 2');
    assert.equal(matching(collection, { f: 'x', User: 'ROOT' }), '');
    assert.equal(matching(collection, { f: 'y' }), '');
  });

  for (const rules of ['Any', '[]']) {
    it(`reads rules: ${rules} as any`, () => {
      assert.equal(matching(linked(rule(1) + filter(rules)).collection, { f: 'x', User: 'root' }), '');
    });
  }

  it('applies to the rules that it lists, by id and by name, wherever they stand', () => {
    const text = filter(`[${uuid(1)}, second]`) + rule(1) + rule(2, { name: 'second' }) + rule(3, { name: 'third' });
    const { collection, problems } = linked(text);
    assert.deepEqual(problems, []);
    assert.equal(matching(collection, { f: 'x', User: 'root' }), '3');
  });

  it('may list one rule as text', () => {
    assert.equal(matching(linked(rule(1) + rule(2) + filter(uuid(2))).collection, { f: 'x', User: 'root' }), '1');
  });

  const logsources: readonly [of: string, contains: boolean][] = [
    ['{product: linux}', true],
    ['{category: process_creation}', true],
    ['{product: linux, category: process_creation}', true],
    ['{product: windows}', false],
    ['{product: linux, service: auditd}', false],
    ['{product: linux, category: process_creation, service: auditd}', false],
  ];
  for (const [of, contains] of logsources) {
    it(`of ${of} ${contains ? 'contains' : 'does not contain'} process_creation of linux`, () => {
      const text = rule(1, { logsource: '{product: linux, category: process_creation}' });
      const { collection } = linked(text + filter('any', undefined, of));
      assert.equal(matching(collection, { f: 'x', User: 'root' }), contains ? '' : '1');
    });
  }

  it('keeps its selections apart from those of the rule', () => {
    const { collection } = linked(rule(1) + filter('any', 'sel: {f: y}\n  condition: not sel'));
    assert.equal(matching(collection, { f: 'x' }), '1');
  });

  it('means its own selections by patterns and them, and the rule its own', () => {
    const patterned = rule(1).replace('  condition: sel', '  sel_2: {g: y}\n  condition: all of sel*');
    const body = (condition: string) => `sel_a: {User: root}\n  sel_b: {User: adm}\n  condition: ${condition}`;
    for (const condition of [
      'not 1 of sel_*',
      'not 1 of them',
      'not sel_a and not sel_b',
      '[not sel_a and not sel_b]',
    ]) {
      const { collection, problems } = linked(patterned + filter('any', body(condition)));
      assert.deepEqual(problems, []);
      assert.equal(matching(collection, { f: 'x', g: 'y' }), '1', condition);
      assert.equal(matching(collection, { f: 'x' }), '', condition);
      assert.equal(matching(collection, { f: 'x', g: 'y', User: 'adm' }), '', condition);
    }
  });

  it('adds up with others, in any order', () => {
    const [one, other] = [filter('any'), filter('any', 'sel: {Group: wheel}\n  condition: not sel')];
    const { collection } = linked(rule(1) + one + other);
    assert.equal(matching(collection, { f: 'x', User: 'u', Group: 'g' }), '1');
    assert.equal(matching(collection, { f: 'x', User: 'root', Group: 'g' }), '');
    assert.equal(matching(collection, { f: 'x', User: 'u', Group: 'wheel' }), '');
    assert.equal(createRuleSet(collection).hash, createRuleSet(linked(other + rule(1) + one).collection).hash);
  });

  it('restricts all conditions of a rule that has several', () => {
    const several = rule(1).replace('  condition: sel', '  other: {f: z}\n  condition: [sel, other]');
    const { collection } = linked(several + filter('any'));
    assert.equal(matching(collection, { f: 'z' }), '1');
    assert.equal(matching(collection, { f: 'z', User: 'root' }), '');
  });

  it('changes the digest of its rules, and of no other', () => {
    const digests = (text: string) => linked(text).collection.rules.map(({ digest }) => digest);
    const plain = digests(rule(1) + rule(2));
    const filtered = digests(rule(1) + rule(2) + filter(uuid(1)));
    const otherwise = digests(rule(1) + rule(2) + filter(uuid(1)).replace('root', 'adm'));
    assert.equal(new Set([plain[0], filtered[0], otherwise[0]]).size, 3);
    assert.deepEqual([filtered[1], otherwise[1]], [plain[1], plain[1]]);
  });
});

describe('what is doubtful about a filter', () => {
  const keeps = (text: string, advice: string) =>
    `this filter keeps only events that match '${text}', and its rules say nothing of all others; to exclude those that match, write '${advice}'`;
  const body = (condition: string) => `sel: {User: root}\n  other: {User: adm}\n  condition: ${condition}`;
  const table: readonly [what: string, text: string, problem: string][] = [
    ['no not', filter('any', body('sel or other')), `warning 16:14 ${keeps('sel or other', 'not (sel or other)')}`],
    ['1 of', filter('any', body('1 of them')), `warning 16:14 ${keeps('1 of them', 'not 1 of them')}`],
    ['a list', filter('any', body('[sel, other]')), `warning 16:14 ${keeps('sel or other', 'not (sel or other)')}`],
    [
      'a missing rule',
      filter(`[${uuid(9)}]`),
      `warning 13:11 no rule has the id or name '${uuid(9)}' (did you mean '${uuid(1)}'?)`,
    ],
    ['a missing name', filter('firts'), `warning 13:10 no rule has the id or name 'firts' (did you mean 'first'?)`],
    [
      'another logsource',
      filter('[first]', undefined, '{product: windows}'),
      "warning 13:11 the filter's logsource does not contain that of 'first', so it does not apply",
    ],
    [
      'any of nothing',
      filter('any', undefined, '{product: windows}'),
      'warning 10:1 the filter applies to nothing: no rule is loaded whose logsource is within its own',
    ],
    [
      'an empty list',
      filter('[]'),
      "warning 13:3 an empty list means all rules of the logsource; write 'rules: any' to say so",
    ],
  ];
  for (const [what, text, problem] of table) {
    it(what, () => assert.deepEqual(linked(rule(1, { name: 'first' }) + text).problems, [problem]));
  }

  it('not a filter that says no in its selection', () => {
    const text = rule(1) + filter('any', 'sel: {User|neq: root}\n  condition: sel');
    assert.deepEqual(linked(text).problems, []);
    assert.equal(matching(linked(text).collection, { f: 'x', User: 'root' }), '');
  });
});

describe('a filter that cannot be used is left out', () => {
  const table: readonly [what: string, text: string, problem: string][] = [
    [
      'no rules',
      filter('any').replace('  rules: any\n', ''),
      "error 4:3 'filter' needs 'rules': a list of rule ids or names, or any",
    ],
    ['rules of null', filter('null'), "error 4:3 'rules' names no rule: it is a list of rule ids or names, or any"],
    ['no condition', filter('any').replace('  condition: not sel\n', ''), "error 3:1 'filter' needs a 'condition'"],
    ['no logsource', filter('any').replace(/logsource.*\n/, ''), "error 1:1 a rule needs a 'logsource'"],
    [
      'unknown selection',
      filter('any').replace('not sel', 'not seal'),
      "error 6:18 condition: no selection is named 'seal' (did you mean 'sel'?)",
    ],
    [
      'unknown modifier',
      filter('any').replace('User:', 'User|conatins:'),
      "error 5:14 unknown modifier 'conatins' (did you mean 'contains'?)",
    ],
  ];
  for (const [what, text, problem] of table) {
    it(what, () => {
      const { collection, problems } = linked(text);
      assert.deepEqual([collection.filters, problems], [[], [problem]]);
    });
  }
});
