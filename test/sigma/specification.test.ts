import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventFields, FieldValue } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import { event, holds, parse, ruleText } from './support.ts';

/**
 * What the specification (2.1.0) says, row by row. `rules l.` and `modifiers l.` are lines of its files
 * sigma-rules-specification.md and sigma-appendix-modifiers.md; where it has no line of its own, the section is named.
 */

/** `item` stands in a selection; values are those of the field `f`, undefined for an event without it. */
type Row = readonly [
  says: string,
  item: string,
  yes: readonly (FieldValue | undefined)[],
  no: readonly (FieldValue | undefined)[],
];

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
/** The text at each of the three places that it can have among the others of a Base64 text. */
const shifted = (bytes: Buffer) =>
  ['', 'x', 'xy'].map((before) => base64(Buffer.concat([Buffer.from(before), bytes, Buffer.from(' and more')])));
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const withMark = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

const modifiers: readonly Row[] = [
  ['Generic: all links a list by AND', 'f|contains|all: [ab, cd]', ['ab cd', 'CD-AB'], ['ab', 'cd', undefined]],
  ['l.30: all of a single value changes nothing', 'f|contains|all: ab', ['xab'], ['x', undefined]],
  ['Generic: startswith', 'f|startswith: adm', ['admin', 'ADM'], ['xadm', 'ad', undefined]],
  ['Generic: endswith', "f|endswith: '\\cmd.exe'", ['C:\\CMD.EXE'], ['cmd.exe', 'C:\\cmd.exe ', undefined]],
  ['Generic: contains', 'f|contains: mid', ['mid', 'amidst'], ['mi d', undefined]],
  ['l.40: exists, be it empty or null', 'f|exists: true', ['', null, 'x', []], [undefined]],
  ['l.40: exists as false', 'f|exists: false', [undefined], ['', null, 'x', []]],
  ['Generic: cased', 'f|cased: Admin', ['Admin'], ['admin', 'ADMIN']],
  ['Generic: cased with contains', 'f|contains|cased: Ad*n', ['xAdminx'], ['xadminx']],
  ['Generic: cased before startswith', 'f|cased|startswith: Ad', ['Admin'], ['admin']],
  ['Generic: cased with windash', 'f|windash|cased|contains: " -C"', ['x –C'], ['x -c']],
  ['Generic: neq, of a string', 'f|neq: abc', ['abd', '', undefined, null], ['ABC']],
  ['Generic: neq of a list is none of its values', 'f|neq: [a, b]', ['c', undefined], ['a', 'B']],
  ['Generic: neq with contains', 'f|contains|neq: b', ['ac', undefined], ['abc']],
  ['Generic: neq with all is not all of them', 'f|contains|all|neq: [a, b]', ['a', 'b', undefined], ['ab']],
  ['Generic: neq of null', 'f|neq: null', ['', 0], [null, undefined]],
  ['l.50: windash has five dashes', 'f|contains|windash: " -x"', [' -x', ' /x', ' –x', ' —x', ' ―x'], [' _x', ' x']],
  ['l.50: windash from a slash', 'f|contains|windash: " /x"', [' -x', ' /x', ' ―x'], [' x']],
  ['l.50: windash, every combination', 'f|windash: "-a /b"', ['-a /b', '/a -b', '—a –b'], ['-a b', 'a /b']],
  ['l.50: windash and all', 'f|contains|all|windash: [" -a", " -b"]', ['x /a –b'], ['x /a', 'x -b']],
  [
    'l.50: windash and Base64',
    'f|windash|base64offset|contains: " -x yz"',
    [' -x yz', ' /x yz', ' —x yz'].map((text) => base64(`a${text} b`)),
    [base64('a  x yz b')],
  ],
  [
    'l.50: windash and UTF-16',
    'f|windash|wide|base64: "-x"',
    [base64(Buffer.from('/x', 'utf16le')), base64(Buffer.from('–x', 'utf16le'))],
    [base64('/x')],
  ],
  [
    'l.63: re with its metacharacters',
    "f|re: '^[^a-c](xy)+z{1,2}|q.$'",
    ['dxyxyz', 'qw'],
    ['axyz', 'DXYZ'.replace('D', 'a'), 'w'],
  ],
  ['Regular Expression: re is with case', 'f|re: abc', ['xabcx'], ['ABC', undefined]],
  ['Regular Expression: i', 'f|re|i: abc', ['ABC'], ['ab']],
  ['Regular Expression: m', "f|re|m: '^b$'", ['a\nb\nc'], ['abc']],
  ['Regular Expression: s', 'f|re|s: a.b', ['a\nb'], ['ab']],
  ['Regular Expression: i, m and s at once', "f|re|i|m|s: '^B.C$'", ['a\nb\nc'], ['abc']],
  [
    'Regular Expression: pySigma has longer names too',
    "f|re|ignorecase|multiline|dotall: '^B.C$'",
    ['a\nb\nc'],
    ['abc'],
  ],
  ['Regular Expression: contains changes nothing', 'f|re|contains: "a|b"', ['xax', 'b'], ['c']],
  ['Regular Expression: all', 'f|re|all: [a+, b+]', ['ab'], ['a', 'b']],
  ['Encoding: base64', 'f|base64: foobar', ['Zm9vYmFy'], ['foobar', 'xZm9vYmFy']],
  [
    'Encoding: base64offset',
    'f|base64offset|contains: foobar',
    shifted(Buffer.from('foobar')),
    ['foobar', base64('fooba')],
  ],
  [
    'Encoding: base64offset and all',
    'f|base64offset|contains|all: [foobar, quux]',
    [`${base64('xfoobar')} ${base64('xyquux')}`],
    [base64('foobar')],
  ],
  ['Encoding: utf16le', 'f|utf16le: cmd', ['c\0m\0d\0'], ['cmd']],
  ['Encoding: utf16be', 'f|utf16be: cmd', ['\0c\0m\0d'], ['cmd', 'c\0m\0d\0']],
  ['Encoding: utf16 has a byte order mark', 'f|utf16|base64: cmd', [base64(withMark('cmd'))], [base64('cmd')]],
  ['Encoding: wide is utf16le', 'f|wide|base64: cmd', [base64(Buffer.from('cmd', 'utf16le'))], [base64('cmd')]],
  ['Encoding: wide of more than ASCII', 'f|wide|base64: "é…"', [base64(Buffer.from('é…', 'utf16le'))], [base64('é…')]],
  [
    'Encoding: wide at every offset',
    'f|wide|base64offset|contains: cmd',
    shifted(Buffer.from('cmd', 'utf16le')),
    [base64('cmd and more')],
  ],
  [
    'Encoding: utf16be at every offset',
    'f|utf16be|base64offset|contains: cmd',
    shifted(utf16be('cmd')),
    [base64('cmd and more')],
  ],
  [
    'Encoding: utf16 at every offset',
    'f|utf16|base64offset|contains: cmd',
    shifted(withMark('cmd')),
    [base64('cmd and more')],
  ],
  ['Numeric: lt', 'f|lt: 5', [4, '4', -1, 4.9], [5, '5', 'x', undefined, null]],
  ['Numeric: lte', 'f|lte: 5', [5, '5'], [6]],
  ['Numeric: gt', 'f|gt: 5', [6, '5.1'], [5, '']],
  ['Numeric: gte', 'f|gte: 5', [5, '5.0'], [4]],
  ['Numeric: neq', 'f|neq: 5', [6, 'x', undefined], [5, '5', '5.0']],
  ['Numeric: lt with neq', 'f|lt|neq: 5', [5, 6, 'x', undefined], [4]],
  ['Time: minute', 'f|minute: 11', ['2026-11-24T03:11:33Z'], ['2026-11-24T03:12:33Z', 11]],
  ['Time: hour', 'f|hour: 3', ['2026-11-24 03:11:33.399', 1795489893, '1795489893399'], ['2026-11-24T04:11:33Z']],
  ['Time: hour with gte', 'f|hour|gte: 18', ['2026-11-24T18:00:00Z'], ['2026-11-24T17:59:59Z', 'x']],
  ['Time: day', 'f|day: 24', ['2026-11-24'], ['2026-11-23T23:59:59Z']],
  ['Time: week', 'f|week: 48', ['2026-11-24', '2026-11-29'], ['2026-11-30']],
  ['Time: month', 'f|month: 11', ['2026-11-24'], ['2026-10-31']],
  ['Time: year', 'f|year: 2026', ['2026-11-24'], ['2025-12-31']],
  ['IP: cidr of IPv4', 'f|cidr: 10.0.0.0/8', ['10.255.0.1'], ['11.0.0.0', 'x', undefined]],
  ['IP: cidr of IPv6', "f|cidr: '2001:db8::/32'", ['2001:DB8:1::7', '2001:0db8:0:0::'], ['2001:db9::', '10.0.0.1']],
  ['IP: cidr of a list', "f|cidr: [127.0.0.0/8, '::1/128']", ['127.1.1.1', '::1', '0:0:0:0:0:0:0:1'], ['::2']],
  ['IP: cidr with neq', 'f|cidr|neq: 10.0.0.0/8', ['11.0.0.1', 'x', undefined], ['10.0.0.1']],
  ['Specific: expand', "f|expand: '%Servers%'", ['srv01', 'DB'], ['%Servers%', 'other']],
  ['rules l.597: expand leaves an escaped percent sign', "f|expand: '\\%plain%Servers%'", ['%plainDB'], ['DB']],
  ['rules l.597: expand is needed', "f: '%Servers%'", ['%servers%'], ['DB']],
  [
    'Specific: expand stays OR inside all',
    "f|expand|contains|all: ['%Servers%', x]",
    ['DB x', 'srv1 x'],
    ['DB', 'srvDB'],
  ],
];

const placeholders = new Map([['Servers', ['srv*', 'DB']]]);

function check(item: string, value: FieldValue | undefined, expected: boolean): void {
  const subject = event(value === undefined ? {} : { f: value });
  const detection = `sel:\n  ${item}\ncondition: sel`;
  assert.equal(holds(detection, subject, placeholders), expected, `for ${JSON.stringify(value)}`);
  const negated = holds(detection.replace(/sel$/, 'not sel'), subject, placeholders);
  assert.equal(negated, !expected, 'not is two-valued');
}

describe('the table of modifiers', () => {
  for (const [says, item, yes, no] of modifiers) {
    it(`${says.startsWith('rules') ? '' : 'modifiers '}${says}: ${item}`, () => {
      for (const value of yes) check(item, value, true);
      for (const value of no) check(item, value, false);
    });
  }

  const references: readonly [item: string, yes: readonly EventFields[], no: readonly EventFields[]][] = [
    [
      'f|fieldref: g',
      [
        { f: 'A', g: 'a' },
        { f: 7, g: '7' },
        { f: ['x', 'y'], g: 'y' },
      ],
      [{ f: 'a', g: 'b' }, { f: 'a' }, { g: 'a' }, {}, { f: null, g: null }],
    ],
    ['f|fieldref|neq: g', [{ f: 'a', g: 'b' }, { f: 'a' }, {}], [{ f: 'a', g: 'A' }]],
    [
      'f|fieldref|startswith: g',
      [{ f: 'abc', g: 'AB' }],
      [
        { f: 'abc', g: 'bc' },
        { f: 'ab', g: 'abc' },
      ],
    ],
    ['f|fieldref|endswith: g', [{ f: 'abc', g: 'BC' }], [{ f: 'abc', g: 'ab' }]],
    [
      'f|fieldref|contains: g',
      [
        { f: 'abc', g: 'B' },
        { f: 'a*c', g: '*' },
      ],
      [{ f: 'abc', g: '*' }],
    ],
    ['f|fieldref|contains|neq: g', [{ f: 'abc', g: 'x' }, { f: 'abc' }], [{ f: 'abc', g: 'b' }]],
    ['f|fieldref|cased: g', [{ f: 'a', g: 'a' }], [{ f: 'a', g: 'A' }]],
    ['f|cased|fieldref|startswith: g', [{ f: 'ab', g: 'a' }], [{ f: 'ab', g: 'A' }]],
    ['f|fieldref: [g, h]', [{ f: 'a', h: 'a' }], [{ f: 'a', i: 'a' }]],
  ];
  for (const [item, yes, no] of references) {
    it(`modifiers Specific: ${item}`, () => {
      const detection = `sel:\n  ${item}\ncondition: sel`;
      for (const fields of yes) assert.equal(holds(detection, event(fields)), true, JSON.stringify(fields));
      for (const fields of no) assert.equal(holds(detection, event(fields)), false, JSON.stringify(fields));
    });
  }

  const keywords: readonly [item: string, yes: readonly string[], no: readonly (string | undefined)[]][] = [
    ["'|all': [a b, c]", ['c a b'], ['a b', 'c', undefined]],
    ["'|contains': a*c", ['xabcx'], ['ab', undefined]],
    ["'|cased': Ab", ['xAbx'], ['xabx']],
    ["'|neq': ab", ['x', ''], ['xABx']],
    ["'|re|i': '^AB+$'", ['abb'], ['xab']],
    ["'|windash|contains': ' -x'", ['a —x'], ['a x']],
    ["'|wide|base64offset|contains': cmd", shifted(Buffer.from('cmd', 'utf16le')), ['cmd']],
  ];
  for (const [item, yes, no] of keywords) {
    it(`rules l.401, keywords: ${item}`, () => {
      const detection = `sel:\n  ${item}\ncondition: sel`;
      for (const message of yes) assert.equal(holds(detection, event({ f: 'a b c' }, message)), true, message);
      for (const message of no) assert.equal(holds(detection, event({ f: 'a b c' }, message)), false, message);
    });
  }
});

describe('what engines commonly get wrong', () => {
  const rows: readonly Row[] = [
    ['1, rules l.361: text is without case', 'f: /BIN/Sh', ['/bin/sh', '/BIN/SH'], []],
    ['1, rules l.361: with every modifier of text', 'f|endswith: /Sh', ['/bin/sH'], []],
    ["2, rules l.361: '/…/' is no regular expression", "f: '/tmp/'", ['/tmp/'], ['tmp', 'x/tmp/x']],
    ['3, rules l.361: white space is what it is', "f|contains: 'a  b'", ['a  b'], ['a b', 'a\t b']],
    [
      '4, rules l.366-378: wildcards in a plain value',
      "f: '/etc/*.con?'",
      ['/etc/a/b.conf'],
      ['/etc/x.con', '/etc/*.con?x'],
    ],
    ['4, rules l.366-378: wildcards inside contains', "f|contains: 'a*b?c'", ['xa--bxcx', 'ab\nc'], ['abc']],
    ['4, rules l.366-378: wildcards inside endswith', "f|endswith: 'a*b'", ['xab', 'a-b'], ['a-bx']],
    ['5, rules l.391: a backslash is one', "f: 'a\\b'", ['a\\b'], ['ab']],
    ['5, rules l.391: two backslashes are one', "f: 'a\\\\b'", ['a\\b'], ['a\\\\b']],
    ['5, rules l.393: an escaped wildcard', "f: 'a\\*\\?'", ['a*?'], ['axx']],
    ['5, rules l.394: a backslash and a wildcard', "f: 'a\\\\*'", ['a\\', 'a\\x'], ['a*', 'ax']],
    ['5, rules l.395: a backslash and a star', "f: 'a\\\\\\*'", ['a\\*'], ['a\\x']],
    ['6, rules l.500: null is absent or null', 'f: null', [undefined, null], ['', 'null', 0, false]],
    ["6, rules l.500: '' is there and empty", "f: ''", [''], [undefined, null, ' ', 0]],
    ['6, rules l.515: null in a list, which other tools refuse', 'f: [null, x]', [undefined, null, 'x'], ['', 'y']],
    ['7, Field Existence: a missing field holds for nothing', 'f|contains: x', ['x'], [undefined, null]],
    ['11, modifiers l.63: re is searched for, with case', 'f|re: b+', ['abbc'], ['ABBC']],
    ['12, modifiers Encoding: the value is encoded, not the event', 'f|base64|contains: foo', ['Zm9v'], ['foo']],
    ['13, Maps: a number of the rule and text of the event', 'f: 1', [1, '1', '1.0', '01'], ['1x', '11', true, 'true']],
    ['13, Maps: text of the rule and a number of the event', "f: '4104'", [4104, '4104'], [41, '04104']],
    ["13, Maps: '0x3e7' stays text", "f: '0x3e7'", ['0x3E7'], [999, '999']],
    ['13, Maps: 999 is not 0x3e7', 'f: 999', [999, '999'], ['0x3e7']],
    ['13, 2.2: booleans, as text too', 'f: true', [true, 'true', 'True'], [false, 'false', 1, '1', undefined]],
    ["13, 2.2: 'false' as text, a boolean too", "f: 'false'", [false, 'FALSE'], [true, 0, null, '']],
    ['14, modifiers l.50: five dashes', "f|windash: '/x'", ['-x', '/x', '–x', '—x', '―x'], ['x']],
    [
      '14, modifiers l.50: expansions stay OR inside all',
      "f|windash|contains|all: [' -a', ' /b']",
      ['c ―a -b'],
      ['c -a'],
    ],
  ];
  for (const [says, item, yes, no] of rows) {
    it(`${says}: ${item}`, () => {
      for (const value of yes) check(item, value, true);
      for (const value of no) check(item, value, false);
    });
  }

  const conditions: readonly [says: string, condition: string, fields: EventFields, expected: boolean][] = [
    ['8, rules l.655-661: 1 of them leaves _ out', '1 of them', { _x: 1 }, false],
    ['8, rules l.655-661: all of them leaves _ out', 'all of them', { a: 1, b_1: 1, 'b[': 1 }, true],
    ['8, rules l.665: a pattern leaves _ out', '1 of *', { _x: 1 }, false],
    ['8, rules l.665: a pattern with _ means it', '1 of _*', { _x: 1 }, true],
    ['8, rules l.665: only * is special in a pattern', '1 of b[*', { 'b[': 1 }, true],
    ['8, rules l.665: only * is special in a pattern', '1 of b[*', { b_1: 1 }, false],
    ['17, rules l.665: not 1 of nothing is true', 'a and not 1 of zzz_*', { a: 1 }, true],
    ['rules l.681: or, and, not bind in this order', 'a or not b_1 and _x', { b_1: 1, _x: 1 }, false],
    ['rules l.690: a list of conditions is OR', '[a, b_1 and _x]', { b_1: 1, _x: 1 }, true],
  ];
  const names = ['a', 'b_1', 'b[', '_x'];
  for (const [says, condition, fields, expected] of conditions) {
    it(`${says}: ${condition} with ${Object.keys(fields)}`, () => {
      const selections = names.map((name) => `'${name}': {'${name}': 1}`).join('\n');
      const written = condition.startsWith('[') ? condition : `'${condition}'`;
      assert.equal(holds(`${selections}\ncondition: ${written}`, event(fields)), expected);
    });
  }

  const refused: readonly [says: string, detection: string, problem: string][] = [
    [
      '9: an unknown identifier',
      'sel: {f: x}\ncondition: sel or seal',
      "error 8:21 condition: no selection is named 'seal' (did you mean 'sel'?)",
    ],
    ['9: no condition', 'sel: {f: x}', "error 6:1 'detection' needs a 'condition'"],
    [
      '15: an unknown modifier',
      'sel: {f|containz: x}\ncondition: sel',
      "error 7:11 unknown modifier 'containz' (did you mean 'contains'?)",
    ],
    [
      '17, rules l.665: 1 of nothing',
      'sel: {f: x}\ncondition: sel and 1 of zzz_*',
      "error 8:27 condition: no selection is named 'zzz_*'",
    ],
    [
      '17, rules l.665: all of nothing',
      'sel: {f: x}\ncondition: sel and not all of zzz_*',
      "error 8:33 condition: no selection is named 'zzz_*'",
    ],
    [
      'rules l.597: a placeholder without values',
      "sel: {f|expand: '%x%'}\ncondition: sel",
      "error 7:20 the placeholder '%x%' has no values: give it some under 'rules.placeholders' in the configuration, or write '\\%' for a '%'",
    ],
  ];
  for (const [says, detection, problem] of refused) {
    it(`${says} keeps the rule out`, () => {
      const { rules, problems } = parse(ruleText(detection));
      assert.deepEqual([rules, problems], [[], [problem]]);
    });
  }

  it('10, rules l.401: keywords search the message and nothing else', () => {
    const detection = 'sel: [needle, "x*y"]\ncondition: sel';
    assert.equal(holds(detection, event({}, 'a NEEDLE')), true);
    assert.equal(holds(detection, event({}, 'x\n y')), true);
    assert.equal(holds(detection, event({ needle: 'needle' }, '')), false);
    assert.equal(holds(detection, event({ f: 'needle' })), false);
  });

  it('16, filters: the condition is put to the rule by AND, as it is written', () => {
    const rule = `${ruleText('sel: {f: x}\ncondition: sel')}---\n`;
    const filter = (condition: string) =>
      `title: f\nlogsource: {product: linux}\nfilter:\n  rules: [rule]\n  who: {User: root}\n  condition: ${condition}\n`;
    const matches = (condition: string, fields: EventFields) => {
      const report = createReport();
      const rules = createRuleSet(link(parseDocuments(rule + filter(condition), 'r.yml', report), report));
      return rules.matching(event(fields)).length > 0;
    };
    assert.equal(matches('not who', { f: 'x', User: 'root' }), false);
    assert.equal(matches('not who', { f: 'x' }), true);
    assert.equal(matches('who', { f: 'x', User: 'root' }), true);
    assert.equal(matches('who', { f: 'x' }), false);
  });

  it('18, LogSource: a rule is for the events of its logsource', () => {
    const { rules } = parse(ruleText('sel: {f: x}\ncondition: sel', { logsource: 'product: windows' }));
    const set = createRuleSet({ rules, correlations: [] });
    const matching = (product: string) => set.matching({ logsource: { product }, fields: { f: 'x' } }).length;
    assert.deepEqual([matching('linux'), matching('windows')], [0, 1]);
  });
});

describe('where the tool of the specification, pySigma 2.0.1, reads otherwise', () => {
  it('rules l.597: it takes a backslash before a placeholder for text', () => {
    check("f|expand: '\\%Servers%'", '%Servers%', true);
    check("f|expand: '\\%Servers%'", '\\DB', false);
  });
  it('modifiers Generic: it forgets cased when placeholders have been filled', () => {
    check("f|expand|cased: '%Servers%'", 'db', false);
  });
  it('modifiers Specific: it links what a placeholder stands for by AND under all', () => {
    check("f|expand|contains|all: ['%Servers%']", 'DB', true);
  });
  it('modifiers Specific: it takes the values of placeholders in a regular expression for pieces of it', () => {
    check("f|re|expand: '^%Servers%$'", 'srv.01', true);
    check("f|re|expand: '^%Servers%$'", 'sr', false);
  });
  it('modifiers Encoding: it knows no utf16le, and wide is for ASCII only', () => {
    check('f|utf16le|base64: é', base64(Buffer.from('é', 'utf16le')), true);
  });
  it('modifiers l.50: it refuses more than three dashes', () => {
    check("f|windash: '-a -b -c -d'", '/a –b —c ―d', true);
  });
  it('modifiers Encoding: a text of one byte would be found in every text', () => {
    const { problems } = parse(ruleText('sel: {f|base64offset|contains: x}\ncondition: sel'));
    assert.match(problems.join(), /^error 7:11 modifier 'base64offset' needs at least two bytes/);
  });
});
