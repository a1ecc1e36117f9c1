import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FieldValue } from '../../src/model/sigma-event.ts';
import { event, holds } from './support.ts';

/** `item` is what stands in a selection; each value of the field `f` is given with whether the selection holds. */
interface Row {
  readonly spec: string;
  readonly item: string;
  readonly yes?: readonly (FieldValue | undefined)[];
  readonly no?: readonly (FieldValue | undefined)[];
}

const rows: readonly Row[] = [
  { spec: 'l.361 text compares without case', item: `f: WhoAmI`, yes: ['whoami', 'WHOAMI'], no: ['whoami ', ''] },
  { spec: 'l.361 k is KELVIN SIGN', item: `f: 'kill'`, yes: ['\u212aill', 'KILL'] },
  { spec: 'l.361 KELVIN SIGN in the rule is k', item: `f|contains: '\u212aill'`, yes: ['xkillx'] },
  { spec: 'l.361 i is I with dot and i without', item: `f: 'id'`, yes: ['\u0130D', '\u0131d'] },
  { spec: 'l.361 s is LONG S', item: `f|endswith: 'sh'`, yes: ['/bin/ba\u017fh'] },
  { spec: 'l.361 a final sigma is a sigma', item: `f|contains: 'ΟΔΟΣ'`, yes: ['xοδος', 'οδοσx'] },
  { spec: 'l.361 ß is not ss', item: `f: 'straße'`, yes: ['STRAßE'], no: ['strasse'] },
  { spec: 'l.371 * is any number of characters', item: `f: 'a*c'`, yes: ['ac', 'abc', 'a\nb\nc'], no: ['abcd', 'xac'] },
  { spec: 'l.371 ? is exactly one', item: `f: 'a?c'`, yes: ['abc', 'a\nc', 'a😀c'], no: ['ac', 'abbc'] },
  { spec: 'l.371 ? at the end', item: `f: '*a?'`, yes: ['xab', 'a😀'], no: ['a', 'abb'] },
  { spec: 'l.371 the last part may not overlap', item: `f: 'ab*ba'`, yes: ['abba', 'abxba'], no: ['aba'] },
  { spec: 'l.371 middle parts in order', item: `f: 'a*b?d*e'`, yes: ['a-bcd-e', 'a-bd-bcd-e'], no: ['a-bd-e'] },
  { spec: 'l.371 * alone', item: `f: '*'`, yes: ['', 'x', 7, [1]], no: [undefined, null, []] },
  { spec: 'l.371 wildcards inside contains', item: `f|contains: '/etc/*.conf'`, yes: ['cat /etc/a/b.conf x'] },
  { spec: 'l.391 a lone backslash', item: String.raw`f: 'a\b'`, yes: ['a\\b'], no: ['ab'] },
  { spec: 'l.392 two backslashes are one', item: String.raw`f: 'a\\b'`, yes: ['a\\b'], no: ['a\\\\b'] },
  { spec: 'l.393 an escaped star', item: String.raw`f: 'a\*'`, yes: ['a*'], no: ['ab'] },
  { spec: 'l.393 an escaped question mark', item: String.raw`f: 'a\?'`, yes: ['a?'], no: ['ab'] },
  { spec: 'l.394 backslash and wildcard', item: String.raw`f: 'a\\*'`, yes: ['a\\', 'a\\b'], no: ['a*'] },
  { spec: 'l.395 backslash and star', item: String.raw`f: 'a\\\*'`, yes: ['a\\*'], no: ['a\\b'] },
  { spec: 'l.395 three backslashes are two', item: String.raw`f: 'a\\\b'`, yes: ['a\\\\b'] },
  { spec: 'l.395 four backslashes are two', item: String.raw`f: 'a\\\\b'`, yes: ['a\\\\b'] },
  { spec: 'l.391 a backslash at the end', item: String.raw`f: 'a\'`, yes: ['a\\'] },
  { spec: 'l.500 empty text is not absent', item: `f: ''`, yes: [''], no: [undefined, null, ' '] },
  { spec: 'l.500 null is absent or null', item: `f: null`, yes: [undefined, null, ['x', null]], no: ['', 'null', 0] },
  {
    spec: 'numbers compare as numbers',
    item: `f: 7`,
    yes: [7, '7', '07', '7.0', '+7'],
    no: ['7x', true, '', '0x7', 8],
  },
  { spec: 'numbers compare as text too', item: `f: 0x10`, yes: [16, '16', '0x10', '0X10'], no: ['10'] },
  { spec: 'exponents as text too', item: `f: 1e3`, yes: [1000, '1000', '1e3'], no: ['1e4'] },
  { spec: 'numbers in lists', item: `f: [1, '2']`, yes: [1, 2, '1', '2'], no: [3, '12'] },
  { spec: 'text compares with a number', item: `f: '7'`, yes: [7, '7'], no: ['07'] },
  { spec: 'booleans', item: `f: true`, yes: [true, 'true', 'TRUE'], no: [false, 1, undefined] },
  { spec: 'text compares with a boolean', item: `f: 'True'`, yes: [true] },
  {
    spec: 'any element of a list',
    item: `f: b`,
    yes: [
      ['a', 'b'],
      ['a', ['B']],
    ],
    no: [['a'], [], ['ab']],
  },
  { spec: 'l.436 a list of values is OR', item: `f|contains: [ab, cd]`, yes: ['xab', 'xcd'], no: ['xx'] },
  { spec: 'contains a number', item: `f|contains: 4444`, yes: ['nc 10.0.0.1 4444', 14444], no: ['444'] },
  { spec: 'cidr', item: `f|cidr: 10.0.0.0/8`, yes: ['10.1.2.3'], no: ['11.0.0.1', 'x', '', '::ffff:10.0.0.1'] },
  { spec: 'cidr of IPv6', item: `f|cidr: 'fe80::/10'`, yes: ['FE80::1', 'febf::'], no: ['fec0::', '10.0.0.1'] },
  { spec: 're searches anywhere, with case', item: `f|re: 'a.c'`, yes: ['xabcx'], no: ['xABCx', 'a\nc'] },
  { spec: 're . is anything but a newline', item: `f|re: 'a.c'`, yes: ['a\rc', 'a\u2028c'], no: ['a\nc'] },
  { spec: 're with i', item: `f|re|i: 'a.c'`, yes: ['ABC'] },
  { spec: 're with s', item: `f|re|s: 'a.c'`, yes: ['a\nc'] },
  { spec: 're with m', item: `f|re|m: '^b$'`, yes: ['a\nb\nc'], no: ['abc'] },
  { spec: 're without m', item: `f|re: '^b$'`, yes: ['b', 'b\n'], no: ['a\nb', 'b\n\n'] },
  { spec: 're with leading flags', item: `f|re: '(?i)/lib/PYTHON3'`, yes: ['/LIB/python3'] },
  { spec: 're in a list', item: `f|re: ['^a', 'z$']`, yes: ['ab', 'yz'], no: ['ba'] },
  { spec: 're with alternatives', item: `f|re: 'foo|bar'`, yes: ['foo', 'bar'], no: ['ba'] },
  { spec: 're with optional text', item: `f|re: 'colou?r'`, yes: ['color', 'colour'], no: ['colr'] },
  { spec: 're with a count', item: `f|re: 'ab{2,}c'`, yes: ['abbc', 'abbbc'], no: ['abc'] },
  { spec: 're with literal braces', item: `f|re: '\\$\\{x}'`, yes: ['\u0024{x}'] },
  { spec: 're with a class', item: String.raw`f|re: '[]\-a-c^]+$'`, yes: [']-b^'], no: ['d'] },
  { spec: 're with \\s, \\d and \\w', item: String.raw`f|re: '^\w\s\d[\w-]$'`, yes: ['é 7-'], no: ['- 7-'] },
  { spec: 're keeps backslashes', item: String.raw`f|re: 'c:\\win'`, yes: ['c:\\win'], no: ['c:win'] },
  { spec: 'windash at word starts only', item: `f|windash: '-a-b'`, yes: ['/a-b'], no: ['-a/b'] },
];

describe('a selection holds as the specification says', () => {
  for (const { spec, item, yes = [], no = [] } of rows) {
    it(`${spec}: ${item}`, () => {
      for (const [values, expected] of [[yes, true] as const, [no, false] as const]) {
        for (const value of values) {
          const fields = value === undefined ? {} : { f: value };
          const detection = `sel:\n  ${item}\ncondition: sel`;
          assert.equal(holds(detection, event(fields)), expected, `for ${JSON.stringify(value)}`);
          assert.equal(holds(detection.replace(/sel$/, 'not sel'), event(fields)), !expected, 'not is two-valued');
        }
      }
    });
  }
});

describe('keywords search the message (l.401)', () => {
  const table: readonly [string, string | undefined, boolean][] = [
    [`sel: ['rm -rf', 'dd *of=']`, 'sudo RM -RF /', true],
    [`sel: ['rm -rf', 'dd *of=']`, 'dd if=/dev/zero of=/dev/sda', true],
    [`sel: ['rm -rf', 'dd *of=']`, 'of=x dd', false],
    [`sel: ['rm -rf']`, undefined, false],
    [`sel: needle`, 'a needle here', true],
    [`sel: [42]`, 'port 42', true],
    [`sel:\n  '|all': [one, two]`, 'two one', true],
    [`sel:\n  '|all': [one, two]`, 'two', false],
    [`sel:\n  '|re': 'a[0-9]+b'`, 'xa12bx', true],
  ];
  for (const [selection, message, expected] of table) {
    it(`${selection} in ${message}`, () => {
      assert.equal(holds(`${selection}\ncondition: sel`, event({ f: 'rm -rf needle one two' }, message)), expected);
    });
  }
});

describe('how selections are put together', () => {
  const table: readonly [string, string, boolean][] = [
    ['a map is AND', 'sel: {f: x, g: y}\ncondition: sel', true],
    ['a map is AND', 'sel: {f: x, g: z}\ncondition: sel', false],
    ['a list of maps is OR', 'sel: [{f: z}, {g: y}]\ncondition: sel', true],
    ['a list of maps is OR', 'sel: [{f: z}, {g: z}]\ncondition: sel', false],
    ['the same field under two modifiers', 'sel: {g|startswith: y, g|endswith: q}\ncondition: sel', false],
    ['names inherited from Object are not there', 'sel: {constructor|exists: true}\ncondition: sel', false],
    ['nor __proto__', 'sel: {__proto__|exists: true}\ncondition: sel', false],
    ['nor found by text', "sel: {toString|contains: 'function'}\ncondition: sel", false],
  ];
  for (const [what, detection, expected] of table) {
    it(`${what}: ${detection}`, () => assert.equal(holds(detection, event({ f: 'x', g: 'y' })), expected));
  }

  it('finds own fields with the names of inherited ones', () => {
    const fields = JSON.parse('{"constructor":"x","__proto__":"y"}');
    assert.equal(holds('sel: {constructor: x, __proto__: y}\ncondition: sel', event(fields)), true);
  });
});
