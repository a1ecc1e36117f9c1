import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, ruleText } from './support.ts';

const good = ruleText('sel: {f: x}\ncondition: sel');

/** Each makes one change to a good rule, which then does not load and says why. */
const rejected: readonly [what: string, text: string, problem: string][] = [
  ['no title', good.replace('title: A rule\n', ''), "error 1:1 a rule needs a 'title'"],
  ['no logsource', good.replace(/logsource:\n.*\n/, ''), "error 1:1 a rule needs a 'logsource'"],
  [
    'empty logsource',
    good.replace('product: linux', 'definition: y'),
    "error 5:3 'logsource' needs at least one of product, category and service",
  ],
  ['no detection', good.replace(/detection:.*/s, ''), "error 1:1 a rule needs a 'detection'"],
  ['no condition', good.replace(/ +condition.*\n/, ''), "error 6:1 'detection' needs a 'condition'"],
  [
    'condition of a number',
    good.replace('condition: sel', 'condition: 7'),
    "error 8:14 'condition' is text or a list of texts",
  ],
  ['unknown level', good.replace('low', 'hihg'), "error 3:8 unknown level 'hihg' (did you mean 'high'?)"],
  ['a list', '- a\n', 'error 1:1 a rule is a map, not a list'],
  ['filter', 'title: x\nfilter: 7\n', "error 2:1 'filter' is a map"],
  ['duplicate key', good.replace('{f: x}', '{f: x, f: y}'), "error 7:15 duplicate key 'f', which is already in line 7"],
  [
    'broken YAML',
    'title: [\n',
    'error 2:1 YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a tab', good.replace('  sel', '\tsel'), 'error 7:1 YAML: a tab cannot indent a line; use spaces'],
  ['a value of %', good.replace('f: x', 'f: %x'), "error 7:12 YAML: a value that begins with '%' needs quotes"],
  [
    'an escape in double quotes',
    good.replace('f: x', 'f: "C:\\d"'),
    "error 7:15 YAML: '\\d' is no escape inside double quotes; use single quotes, which leave backslashes alone",
  ],
  [
    'two colons',
    good.replace('title: A', 'title: A: b'),
    "error 1:8 YAML: a second ': ' in one line, or a wrong indentation; a value with ': ' needs quotes",
  ],
  ['merge key', good.replace('{f: x}', '{<<: {a: b}}'), "error 7:9 merge keys ('<<') are not supported"],
  [
    'alias without anchor',
    good.replace('{f: x}', '{f: *a}'),
    "error 7:12 alias '*a' has no anchor before it; a text that begins with '*' needs quotes",
  ],
];

/** What stands in a selection, and the problem with it. */
const items: readonly [item: string, problem: string][] = [
  ['{f|contians: x}', "error 7:11 unknown modifier 'contians' (did you mean 'contains'?)"],
  ["{'f|contains|bogus': x}", "error 7:21 unknown modifier 'bogus'"],
  ['{f|contains|re: x}', "error 7:20 modifier 're' must be the first modifier"],
  ['{f|re: "("}', "error 7:11 modifier 're' cannot be used: regular expression has a '(' that is never closed"],
  [
    '{f|re: "(?x)a"}',
    "error 7:11 modifier 're' cannot be used: regular expression has the flag 'x', and only i, m and s are known",
  ],
  [
    '{f|re: "a++"}',
    "error 7:11 modifier 're' cannot be used: regular expression has the possessive quantifier '++', which is not supported",
  ],
  [
    '{f|re: "[[:alpha:]]"}',
    "error 7:11 modifier 're' cannot be used: regular expression has a POSIX class, which is not supported",
  ],
  ["{f|re: '\\Q'}", "error 7:11 modifier 're' cannot be used: regular expression has '\\Q', which is not supported"],
  ['{f|i: x}', "error 7:11 modifier 'i' must follow 're'"],
  [
    '{f|cidr: 10.0.0.0/33}',
    "error 7:11 modifier 'cidr' cannot be used: '10.0.0.0/33' needs a prefix length from 0 to 32",
  ],
  ['{f|cidr: host}', "error 7:11 modifier 'cidr' cannot be used: 'host' is not an IPv4 or IPv6 network"],
  ['{f|exists: maybe}', "error 7:11 modifier 'exists' needs true or false, without quotes"],
  [
    '{f|contains|endswith: x}',
    "error 7:20 modifier 'endswith' contradicts 'contains'; to ask for both, write two items",
  ],
  [
    '{f|fieldref|startswith|endswith: g}',
    "error 7:31 modifier 'endswith' contradicts 'startswith'; to ask for both, write two items",
  ],
  ['{f|re|cased: x}', "error 7:14 modifier 'cased' is not needed behind 're', which compares with case"],
  ['{f|re|base64: x}', "error 7:14 modifier 'base64' cannot follow 're'"],
  ['{f|contains|exists: true}', "error 7:20 modifier 'exists' must be the first modifier"],
  ['{f|exists|contains: true}', "error 7:18 modifier 'contains' cannot follow 'exists'"],
  ['{f|wide|utf16be|base64: x}', "error 7:16 modifier 'utf16be' cannot encode text twice"],
  ['{f|cidr|contains: 10.0.0.0/8}', "error 7:16 modifier 'contains' cannot follow 'cidr'"],
  ['{f|lt|gt: 1}', "error 7:14 modifier 'gt' cannot follow another comparison"],
  ['{f|startswith|fieldref: g}', "error 7:22 modifier 'fieldref' needs a field name without wildcards"],
  ["{f|lt: '5'}", "error 7:11 modifier 'lt' needs a number: write 5 without quotes"],
  ['{f|: x}', "error 7:11 a modifier is missing behind '|'"],
  [
    '{f|base64offset|contains: x}',
    "error 7:11 modifier 'base64offset' needs at least two bytes: fewer leave nothing that belongs to them alone, so every text would match",
  ],
  ['{f|lt: x}', "error 7:11 modifier 'lt' needs a number"],
  ['{f|contains: null}', "error 7:11 modifier 'contains' needs text, not null"],
  [
    '{f|base64: "a*"}',
    "error 7:11 modifier 'base64' cannot encode wildcards; 'contains' and its like come behind it, and '\\*' is a star",
  ],
  ['{f|fieldref: "a*"}', "error 7:11 modifier 'fieldref' needs a field name without wildcards"],
  ['{f: {g: x}}', "error 7:12 'f' takes a value or a list of values, not a map"],
  ['{f: []}', "error 7:12 'f' has no value; a field that is missing is null"],
  ['{}', 'error 7:8 selection is empty'],
  ['[]', 'error 7:8 selection is empty'],
  ['null', 'error 7:8 a keyword must be text, a number or a regular expression'],
  ["{'|exists': true}", "error 7:11 modifier 'exists' needs a field"],
];

describe('a rule that is bad is left out, with the place', () => {
  for (const [what, text, problem] of rejected) {
    it(what, () => assert.deepEqual(parse(text), { rules: [], problems: [problem] }));
  }
  for (const [item, problem] of items) {
    it(item, () => assert.deepEqual(parse(good.replace('{f: x}', item)), { rules: [], problems: [problem] }));
  }

  it('reports every problem of a rule, and the documents beside it load', () => {
    const bad = good.replace('title: A rule\n', '').replace('low', 'lo').replace('{f: x}', '{f|a: x}');
    const { rules, problems } = parse(`${bad}---\n${good}---\n`);
    assert.equal(rules.length, 1);
    assert.deepEqual(
      problems.map((problem) => problem.replace(/ \d+:\d+/, '')),
      ["error a rule needs a 'title'", "error unknown level 'lo' (did you mean 'low'?)", "error unknown modifier 'a'"],
    );
  });
});

describe('what is only worth a warning', () => {
  const warned: readonly [what: string, text: string, problem: string][] = [
    ['no level', good.replace('level: low\n', ''), "warning 1:1 the rule has no 'level' and is taken as informational"],
    [
      'null in a list',
      good.replace('{f: x}', '{f: [x, null]}'),
      'warning 7:16 null does not belong in a list of values; some tools refuse such a rule',
    ],
    [
      'all of one value',
      good.replace('{f: x}', "{'f|all': x}"),
      "warning 7:9 modifier 'all' has no effect on a single value",
    ],
    [
      'timeframe',
      good.replace('  condition', '  timeframe: 5m\n  condition'),
      "warning 8:3 'timeframe' belonged to the aggregations of Sigma 1 and changes nothing; see correlations",
    ],
    [
      'a selection that is not used',
      good.replace('  condition', '  others: {f: y}\n  _hidden: {f: z}\n  condition'),
      "warning 8:3 no condition uses the selection 'others'",
    ],
    [
      'a modifier twice',
      good.replace('{f: x}', '{f|contains|contains: x}'),
      "warning 7:20 modifier 'contains' is there twice",
    ],
    [
      'startswith behind re',
      good.replace('{f: x}', '{f|re|startswith: x}'),
      "warning 7:14 modifier 'startswith' changes nothing behind 're', which searches anywhere; write '^' or '$'",
    ],
    ['an empty keyword', good.replace('{f: x}', "[x, '']"), 'warning 7:12 an empty keyword is found in every message'],
    ['tags of maps', `${good}tags: [a.b, {c: d}]\n`, "warning 9:13 'tags' should hold texts, and this map is left out"],
  ];
  for (const [what, text, problem] of warned) {
    it(what, () => {
      const { rules, problems } = parse(text);
      assert.equal(rules.length, 1);
      assert.deepEqual(problems, [problem]);
    });
  }
});

describe('what people see of a rule', () => {
  it('takes over what the document says', () => {
    const { rules } = parse(
      `${good}status: test\ndate: 2026-11-24\nlicense: MIT\nrelated: [{id: other, type: derived}, 7]\ndescription: |\n  one\n  two\nauthor: [A, B]\ntags: attack.t1059\nreferences: [x, 7]\nfalsepositives: [none]\ntimeframe: 5m\n`,
    );
    assert.deepEqual(rules[0]?.meta, {
      id: 'rule',
      title: 'A rule',
      level: 'low',
      status: 'test',
      description: 'one\ntwo\n',
      author: 'A, B',
      license: 'MIT',
      date: '2026-11-24',
      modified: undefined,
      related: [{ id: 'other', type: 'derived' }],
      tags: ['attack.t1059'],
      references: ['x', '7'],
      falsepositives: ['none'],
      logsource: { product: 'linux' },
      path: 'r.yml',
    });
  });

  it('names a rule without id by its text', () => {
    const { rules } = parse(good.replace('id: rule\n', ''));
    assert.match(rules[0]?.meta.id ?? '', /^sha256:[0-9a-f]{64}$/);
  });
});

describe('YAML that is meant to hurt', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let level = 0; level < 12; level++) {
    const name = String.fromCharCode(98 + level);
    const before = `*${String.fromCharCode(97 + level)}`;
    bomb.push(`${name}: &${name} [${Array(9).fill(before).join(', ')}]`);
  }
  const hostile: readonly [what: string, text: string, problem: RegExp][] = [
    ['an alias bomb', bomb.join('\n'), /holds more than 100000 values/],
    ['deep brackets', `a: ${'['.repeat(100_000)}`, /nested deeper/],
    [
      'deep indentation',
      Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      /nested deeper/,
    ],
    ['an alias to itself', 'a: &a [*a]', /has no anchor before it/],
    ['a map as a key', '? {a: b}\n: c\n', /a key must be plain text/],
    ['control characters', 'a: "\0\x07"\n\t- x', /./],
  ];
  for (const [what, text, problem] of hostile) {
    it(`reports ${what}`, () => {
      const { rules, problems } = parse(text);
      assert.deepEqual(rules, []);
      assert.match(problems.join('\n'), problem);
    });
  }

  it('resolves aliases', () => {
    const { rules, problems } = parse(good.replace('{f: x}', '&s {f: &v x, g: *v}\n  other: *s'));
    assert.deepEqual(problems, ["warning 8:3 no condition uses the selection 'other'"]);
    assert.deepEqual([...(rules[0]?.selections.keys() ?? [])], ['sel', 'other']);
    assert.deepEqual(rules[0]?.selections.get('other'), rules[0]?.selections.get('sel'));
  });
});
