import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCounters } from '../src/host/counters.ts';
import type { Logsource } from '../src/model/sigma-event.ts';
import { buildRuleSet, createRuleSet } from '../src/rule-set.ts';
import { link } from '../src/sigma/link.ts';
import { parseDocuments } from '../src/sigma/parse-document.ts';
import { createReport } from '../src/sigma/report.ts';
import { collectionOf, event, parse, ruleText } from './sigma/support.ts';

const simple = 'sel: {f: x}\ncondition: sel';

function ruleSet(...texts: string[]) {
  const { rules, problems } = parse(texts.join('---\n'));
  // `f` is no field of the taxonomy, which is only a warning.
  assert.deepEqual(
    problems.filter((problem) => !problem.startsWith('warning')),
    [],
  );
  return createRuleSet(collectionOf(rules));
}

describe('logsource routing', () => {
  const rows: readonly [rule: string, logsource: Logsource, applies: boolean][] = [
    ['product: linux', { product: 'linux', category: 'process_creation' }, true],
    ['product: linux', { product: 'windows' }, false],
    ['product: linux', {}, true],
    ['category: process_creation', { product: 'linux', category: 'process_creation' }, true],
    ['category: process_creation', { product: 'linux' }, false],
    ['category: process_creation', { product: 'linux', service: 'auditd' }, false],
    ['category: process_creation', {}, true],
    ['category: process_creation', { product: 'linux', category: 'file_event' }, false],
    ['service: auditd', { product: 'linux', service: 'auditd' }, true],
    ['service: auditd', { service: 'unnamed' }, false],
    ['product: linux', { product: 'constructor' }, false],
  ];
  for (const [logsource, given, applies] of rows) {
    it(`${logsource} ${applies ? 'applies' : 'does not apply'} to ${JSON.stringify(given)}`, () => {
      const rules = ruleSet(ruleText(simple, { logsource }));
      assert.equal(rules.wants(given), applies);
      assert.equal(rules.matching({ logsource: given, fields: { f: 'x' } }).length, applies ? 1 : 0);
    });
  }
});

describe('matching', () => {
  const many = ['c', 'a', 'b'].map((id) => ruleText('sel: {f|contains: [x, y]}\ncondition: sel', { id }));

  it('gives the rules in rule order, each once', () => {
    const found = ruleSet(...many).matching(event({ f: ['xy', 'yx'] }));
    assert.deepEqual(
      found.map(({ meta }) => meta.id),
      ['c', 'a', 'b'],
    );
  });

  it('gives the same empty array whenever nothing matches', () => {
    const rules = ruleSet(...many);
    assert.equal(rules.matching(event({ f: 'z' })), rules.matching({ logsource: { product: 'other' }, fields: {} }));
  });

  it('evaluates a rule without any witness on every event', () => {
    const rules = ruleSet(ruleText('sel: {f: x}\ncondition: not sel'));
    assert.equal(rules.matching(event({})).length, 1);
  });

  it('keeps events apart', () => {
    const rules = ruleSet(ruleText('sel: {f: x}\nother: {g: y}\ncondition: sel and not other'));
    assert.equal(rules.matching(event({ f: 'x', g: 'y' })).length, 0);
    assert.equal(rules.matching(event({ f: 'x' })).length, 1);
    assert.equal(rules.matching(event({})).length, 0);
  });

  it('splits by a field that most rules hold to values', () => {
    const typed = ['execve', 'path', 'tty'].map((type) =>
      ruleText(`sel: {type: ${type}, f|contains: x}\ncondition: sel`, { id: type }),
    );
    const rules = ruleSet(...typed, ruleText('sel: {f|contains: x}\ncondition: sel', { id: 'any' }));
    const ids = (type?: string | string[]) =>
      rules.matching(event({ f: 'x', ...(type !== undefined && { type }) })).map(({ meta }) => meta.id);
    assert.deepEqual(ids('EXECVE'), ['execve', 'any']);
    assert.deepEqual(ids('other'), ['any']);
    assert.deepEqual(ids(['TTY', 'PATH']), ['path', 'tty', 'any']);
    assert.deepEqual(ids(), ['any']);
  });

  it('never throws on fields that no rule expects', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const fields = JSON.parse('{"f":{"f":"x"},"g":[{},null,[]]}');
    const rules = ruleSet(ruleText("sel: {f: x}\nother: {'g|contains': x}\ncondition: 1 of them"));
    assert.equal(rules.matching(event(fields)).length, 0);
    assert.equal(rules.matching(event({ f: deep as string })).length, 1);
  });
});

describe('evaluate', () => {
  const explained = (detection: string, subject: Parameters<typeof event>) =>
    ruleSet(ruleText(detection)).evaluate(event(...subject))[0]?.selections;

  it('names the selections, fields, values as written and operators that held', () => {
    const detection = `sel:\n  a|endswith: ['/Sh', /ksh]\n  b|contains|all: [x, y*]\n  c: 0x10\ncondition: sel`;
    assert.deepEqual(explained(detection, [{ a: '/bin/sh', b: 'xyz', c: '16' }]), {
      sel: [
        { field: 'a', value: '/Sh', operator: 'ends_with' },
        { field: 'b', value: 'x', operator: 'contains' },
        { field: 'b', value: 'y*', operator: 'contains' },
        { field: 'c', value: 16, operator: 'equals' },
      ],
    });
  });

  it('leaves out what stands under not, and what did not hold', () => {
    const detection = `s_one: {a: 1}\ns_two: {a: 2}\nfilter: {b: 1}\nboth: {a: 1}\ncondition: 1 of s_* and not filter and not not both`;
    const item = [{ field: 'a', value: 1, operator: 'equals' }];
    assert.deepEqual(explained(detection, [{ a: '1' }]), { s_one: item, both: item });
  });

  const operators: readonly [item: string, value: string | number | null, operator: string][] = [
    ['f|startswith: ab', 'abc', 'starts_with'],
    ["f: 'a*'", 'abc', 'wildcard'],
    ['f|re: ^a', 'abc', 'regex'],
    ['f|cidr: 10.0.0.0/8', '10.0.0.1', 'cidr'],
    ['f|gte: 3', 3, 'gte'],
    ['f|exists: true', 'x', 'exists'],
    ['f: null', null, 'null'],
    ['f|fieldref: f', 'x', 'fieldref'],
    ['f|windash|contains: -a', '/a', 'contains'],
    ['f|neq: x', 'y', 'equals'],
    ['f|contains|neq: x', 'y', 'contains'],
  ];
  for (const [item, value, operator] of operators) {
    it(`${item} is ${operator}`, () => {
      const selections = explained(`sel: {${item}}\ncondition: sel`, [{ f: value }]);
      assert.equal(selections?.['sel']?.[0]?.operator, operator);
    });
  }

  const held: readonly [what: string, detection: string, subject: Parameters<typeof event>, selections: unknown][] = [
    [
      'of maps in a list those that hold, and of a map all items',
      'sel: [{a: 1, b: 2}, {a: 1, c|contains: x}, {b: 2}]\ncondition: sel',
      [{ a: 1, c: 'axb' }],
      {
        sel: [
          { field: 'a', value: 1, operator: 'equals' },
          { field: 'c', value: 'x', operator: 'contains' },
        ],
      },
    ],
    [
      'of lists in a list the same',
      'sel: [[{a: 1}, {b: 1}], {c: 1}]\ncondition: sel',
      [{ b: 1, c: 1 }],
      {
        sel: [
          { field: 'b', value: 1, operator: 'equals' },
          { field: 'c', value: 1, operator: 'equals' },
        ],
      },
    ],
    [
      'of all values each one',
      "sel: {'f|contains|all': [' -c ', Pty]}\ncondition: sel",
      [{ f: 'python -c "import pty"' }],
      {
        sel: [
          { field: 'f', value: ' -c ', operator: 'contains' },
          { field: 'f', value: 'Pty', operator: 'contains' },
        ],
      },
    ],
    [
      'of values that must not be there those that are not, marked',
      'sel: {f|endswith|neq: [/a, /b], g|contains|all|neq: [x, y]}\ncondition: sel',
      [{ f: '/c', g: 'x' }],
      {
        sel: [
          { field: 'f', value: '/a', operator: 'ends_with', negated: true },
          { field: 'f', value: '/b', operator: 'ends_with', negated: true },
          { field: 'g', value: 'y', operator: 'contains', negated: true },
        ],
      },
    ],
    [
      'of keywords all with all',
      "sel: {'|all': [One, two]}\ncondition: sel",
      [{}, 'two one'],
      {
        sel: [
          { value: 'One', operator: 'contains' },
          { value: 'two', operator: 'contains' },
        ],
      },
    ],
    [
      'of encoded values those that the rule writes',
      'sel: {f|base64offset|contains: curl}\ncondition: sel',
      [{ f: Buffer.from('xcurl x').toString('base64') }],
      { sel: [{ field: 'f', value: 'curl', operator: 'contains' }] },
    ],
    [
      'selections that the names of objects could hide',
      '__proto__: {f: x}\ncondition: __proto__',
      [{ f: 'x' }],
      Object.fromEntries([['__proto__', [{ field: 'f', value: 'x', operator: 'equals' }]]]),
    ],
  ];
  for (const [what, detection, subject, selections] of held) {
    it(`gives ${what}`, () => assert.deepEqual(explained(detection, subject), selections));
  }

  it('gives selections of filters that the event has to have', () => {
    const report = createReport();
    const filter = (id: string, over: string) =>
      `title: F\nid: ${id}\nlogsource: {product: linux}\nfilter:\n  rules: any\n  sel: {g: y}\n  condition: ${over}\n`;
    const text = [ruleText(simple), filter('keep', 'sel'), filter('drop', 'not sel').replace('g: y', 'h: y')].join(
      '---\n',
    );
    const { rules } = link(parseDocuments(text, 'r.yml', report), report);
    const [match] = createRuleSet(collectionOf(rules)).evaluate(event({ f: 'x', g: 'y' }));
    assert.deepEqual(match?.selections, {
      sel: [{ field: 'f', value: 'x', operator: 'equals' }],
      'keep/sel': [{ field: 'g', value: 'y', operator: 'equals' }],
    });
  });

  it('gives keywords without a field', () => {
    assert.deepEqual(explained("sel: [one, 't*o']\ncondition: sel", [{}, 'one two']), {
      sel: [
        { value: 'one', operator: 'contains' },
        { value: 't*o', operator: 'contains' },
      ],
    });
  });

  it('puts only maps that held into an alternative', () => {
    assert.deepEqual(explained('sel: [{a: 1, b: 2}, {a: 1, b: 3}]\ncondition: sel', [{ a: 1, b: 3 }]), {
      sel: [
        { field: 'a', value: 1, operator: 'equals' },
        { field: 'b', value: 3, operator: 'equals' },
      ],
    });
  });
});

it('a set that is built in steps is the set, and knows what it was asked for', () => {
  const { rules } = parse([1, 2, 3].map((n) => ruleText(simple, { id: `rule-${n}` })).join('---\n'));
  const steps = buildRuleSet(collectionOf(rules));
  let count = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) count++;
  assert.ok(count >= rules.length);
  const set = step.value;
  assert.equal(set.hash, createRuleSet(collectionOf(rules)).hash);
  assert.deepEqual(set.logsources, []);
  assert.equal(set.matching(event({ f: 'x' })).length, 3);
  set.wants({ product: 'windows' });
  set.wants({ product: 'linux' });
  assert.deepEqual(set.logsources, [{ product: 'linux' }, { product: 'windows' }]);
});

describe('the hash of a rule set', () => {
  const [a, b] = ['a', 'b'].map((id) => ruleText(simple, { id })) as [string, string];
  it('does not depend on order', () => assert.equal(ruleSet(a, b).hash, ruleSet(b, a).hash));
  it('depends on content', () => assert.notEqual(ruleSet(a, b).hash, ruleSet(a, b.replace('f: x', 'f: y')).hash));
  it('does not depend on how a rule is spelled', () => {
    const spelled = a
      .replace('title: A rule', 'title:   "A rule" # as ever')
      .replace('level: low\n', '')
      .replace('logsource:', '# a comment\nlevel: low\n\nlogsource:');
    assert.notEqual(spelled, a);
    assert.equal(ruleSet(spelled).hash, ruleSet(a).hash);
  });
  it('tells a number from a text, and numbers by their spelling', () => {
    const of = (value: string) => ruleSet(a.replace('f: x', `f: ${value}`)).hash;
    assert.equal(new Set(['1', "'1'", '1.0', '0x1', 'null', "''", "'null'", '[1]'].map(of)).size, 8);
  });
  it('depends on what an alert shows', () => assert.notEqual(ruleSet(a.replace('A rule', 'B')).hash, ruleSet(a).hash));
  it('depends on the id', () => assert.notEqual(ruleSet(a).hash, ruleSet(b).hash));
  it('says how it was made', () => assert.match(ruleSet(a).hash, /^sha256:[0-9a-f]{64}$/));
});

describe('regular expressions see the first 2 MiB of a value', () => {
  const filler = 'x'.repeat(2 * 1024 * 1024);
  const loaded = (detection: string) => {
    const counters = createCounters();
    const { rules } = parse(ruleText(detection));
    return { set: createRuleSet(collectionOf(rules), { counters }), counters };
  };
  const cut = { sigma_regex_truncated_total: 1 };

  it('and what is in them is found', () => {
    const { set, counters } = loaded("sel: {f|re: 'need+le'}\ncondition: sel");
    assert.deepEqual(set.evaluate(event({ f: `needle${filler}` }))[0]?.selections, {
      sel: [{ field: 'f', value: 'need+le', operator: 'regex' }],
    });
    assert.deepEqual(counters.read(), { sigma_regex_truncated_total: 0 });
  });

  it('and a miss for that is counted once', () => {
    const { set, counters } = loaded("sel: {f|re: 'need+le'}\ncondition: sel");
    assert.equal(set.evaluate(event({ f: `${filler}needle` })).length, 0);
    assert.deepEqual(counters.read(), cut);
  });

  it('and the end of what was searched is no end of the text', () => {
    const { set } = loaded("sel: {f|re: 'x$'}\ncondition: sel");
    assert.equal(set.evaluate(event({ f: `${filler}y` })).length, 0);
  });

  it('and what matches because nothing was found in them is marked, the item and the whole', () => {
    const { set, counters } = loaded("sel: {f|re|neq: 'need+le'}\ncondition: sel");
    const [match] = set.evaluate(event({ f: `${filler}needle` }));
    assert.equal(match?.truncated, true);
    assert.deepEqual(match?.selections, {
      sel: [{ field: 'f', value: 'need+le', operator: 'regex', negated: true, truncated: true }],
    });
    assert.deepEqual(counters.read(), cut);
  });

  it('and so is what a selection after a not did not find', () => {
    const { set } = loaded("sel: {g: 1}\nfilter: {f|re: 'need+le'}\ncondition: sel and not filter");
    assert.equal(set.evaluate(event({ g: 1, f: `${filler}needle` }))[0]?.truncated, true);
    assert.equal(set.evaluate(event({ g: 1, f: 'x' }))[0]?.truncated, undefined);
  });
});
