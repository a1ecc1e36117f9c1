import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileRegex, type Regex } from '../../src/regex/regex.ts';
import { createRandom } from '../support/random.ts';

function compiled(pattern: string, flags = ''): Regex {
  const regex = compileRegex(pattern, flags);
  assert.ok(typeof regex !== 'string', String(regex));
  return regex;
}

describe('a regular expression means what PCRE and Python mean', () => {
  const cases: readonly (readonly [pattern: string, flags: string, text: string, matches: boolean])[] = [
    ['x.*y', '', 'x  y', true],
    ['x.*y', '', 'x\ny', false],
    ['x.*y', 's', 'x\ny', true],
    ['(?s)x.+y', '', 'x \n y', true],
    ['(?s)a(?:.){2}b', '', 'a\n\nb', true],
    ['(?s)^.{3}$', '', '\n\n\n', true],
    ['^b', '', 'a\nb', false],
    ['^b', 'm', 'a\nb', true],
    ['a$', '', 'a\n', true],
    ['a$', '', 'a\n\n', false],
    ['a$', 'm', 'a\nb', true],
    ['a\\n$', '', 'a\n', true],
    ['a\\Z', '', 'a\n', true],
    ['a\\z', '', 'a\n', false],
    ['\\Ab', 'm', 'a\nb', false],
    ['', '', '', true],
    ['^$', '', '', true],
    ['^$', 'm', 'a\n\nb', true],
    ['\\bnc\\b', '', 'run nc -e', true],
    ['\\bnc\\b', '', 'sync', false],
    ['\\bé', '', 'aé', false],
    ['a\\Bb', '', 'ab', true],
    ['\\d{2}', '', '٣٤', true],
    ['[\\w.-]+@', '', 'né.e-x@', true],
    ['a{,2}b', '', 'aab', true],
    ['a{x}', '', 'a{x}', true],
    ['a{2,3}', '', 'a', false],
    ['(?:a|bc)+d', '', 'abcad', true],
    ['(?P<name>a)b', '', 'ab', true],
    ['a(?#a comment)b', '', 'ab', true],
    ['[]a]', '', ']', true],
    ['[^]a]', '', ']', false],
    ['[a\\-z]', '', '-', true],
    ['[\\d-x]', '', '-', true],
    ['\\x41\\x{1F600}\\u00e9', '', 'A😀é', true],
    ['\\p{Lu}\\PL', '', 'É1', true],
    ['.', '', '\ud83d', true],
    ['^.$', '', '😀', true],
    ['K', 'i', '\u212a', true],
    ['ſ', 'i', 'S', true],
    ['[^k]', 'i', 'K', false],
    ['ẞ', 'i', 'ß', true],
    ['(?i)Abc', '', 'aBC', true],
    // V8 of Node 20 forgets negated classes inside repetitions.
    ['(?:a[^\\n]|_)+', '', 'aa', true],
    ['(?:a.|_)+$', '', 'a1a1', true],
    // Look-around of one character is decided like \b; a wider one, and a back-reference, by V8.
    ['a(?!b)', '', 'ab', false],
    ['(?<=a)b', '', 'ab', true],
    ['(?<!\\d)x', '', '1x', false],
    ['a(?=bc)', '', 'abc', true],
    ['a(?!bc)', '', 'abc', false],
    ['a(?!bc)', 's', 'abd', true],
    ['(a|b)c\\1', '', 'acbcb', true],
    ['(?P<q>[\'"])x(?P=q)', '', '"x\'', false],
    ['(k)x\\1', 'i', 'kx\u212a', true],
    ['(?=..)\\w$', 'm', 'ab\n', false],
  ];
  for (const [pattern, flags, text, matches] of cases) {
    it(`/${pattern}/${flags} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(compiled(pattern, flags).search(text), matches ? 'found' : 'absent');
    });
  }
});

describe('what cannot be used is refused, and why is said', () => {
  const cases: readonly (readonly [pattern: string, problem: RegExp])[] = [
    ['(', /has a '\(' that is never closed/],
    ['a)', /has a '\)' that closes nothing/],
    ['[a', /has a '\[' that is never closed/],
    ['[z-a]', /has a range in a class that ends before it starts/],
    ['[a-\\d]', /has a range in a class that ends in no character/],
    ['[[:alpha:]]', /has a POSIX class/],
    ['*a', /has a '\*' with nothing to repeat before it/],
    ['a|+', /has a '\+' with nothing to repeat/],
    ['a{2}{3}', /has a '\{3\}' with nothing to repeat/],
    ['a++', /possessive/],
    ['a{3,2}', /'\{3,2\}', whose first number is the larger one/],
    ['a\\', /ends in a '\\'/],
    ['\\q', /has '\\q', which is not supported/],
    ['\\p{Nonsense}', /no such property/],
    ['\\x{110000}', /is no character/],
    ['(?>a)', /has a group '\(\?>…'/],
    ['(?<n>a)(?<n>b)', /two groups named 'n'/],
    ['a\\2', /refers to group 2, and has only 0/],
    ['\\k<n>(?<n>a)', /refers to the group 'n', which does not stand before/],
    ['(?x)a', /flag 'x'/],
    [`${'('.repeat(101)}a${')'.repeat(101)}`, /nested deeper than 100 levels/],
    ['a{20001}', /too large: 20001 states where 20000 are allowed/],
    ['((a{100}){100}){100}', /too large: 1000000 states/],
    ['(?:){999999999999999}', /too large/],
    [`(?:${'(?:'.repeat(90)}a${'{9999})'.repeat(90)}){0}a{30000}`, /too large/],
    ['x'.repeat(70_000), /longer than 65536 characters/],
    // Look-around and back-references are for V8, which may not be given these.
    ['(a+)+(?=bc)', /a choice inside a repetition/],
    ['(a|b)*\\1', /a choice inside a repetition/],
    ['(?=ab)(a?){30}', /a choice inside a repetition/],
    ['(?=ab).*a.*b.*c.*d', /4 unbounded quantifiers/],
    ['(?:){999999999999999}(?=ab)', /too large/],
  ];
  for (const [pattern, problem] of cases) {
    it(pattern.slice(0, 60), () => {
      const regex = compileRegex(pattern, '');
      assert.ok(typeof regex === 'string', 'is taken');
      assert.match(regex, problem);
    });
  }
});

describe('required texts are in every match', () => {
  const cases: readonly (readonly [pattern: string, required: readonly string[] | undefined])[] = [
    ['/etc/(?:passwd|shadow)', ['/etc/passwd', '/etc/shadow']],
    ['-(W|R)\\s?x', ['-w', '-r']],
    ['[Rr][Uu][Nn]dll', ['rundll']],
    ['a+bcd*', ['abc']],
    ['ab+cd', ['bcd']],
    ['(?:ab){2,}c', ['ababc']],
    ['(?:foo|b.r)x', ['foox', 'rx']],
    ['(?:foo|\\d)x?', undefined],
    ['foo.*|.*barbar', ['foo', 'barbar']],
    ['\\bnc\\b.*-e', ['nc']],
    ['.*', undefined],
    ['a?', undefined],
    ['é+', undefined],
    ['K', ['k']],
  ];
  for (const [pattern, required] of cases) {
    it(`of ${pattern}`, () => assert.deepEqual(compiled(pattern).required, required));
  }
});

describe('no text takes for ever', () => {
  const lengths = [8 * 1024, 64 * 1024, 128 * 1024];
  const cases: readonly (readonly [pattern: string, unit: string, end: string])[] = [
    ['(a+)+$', 'a', '!'],
    ['(a|a)*b', 'a', ''],
    ['(.*a){20}$', 'ab', '!'],
    ['\\w+\\d+\\s+\\w+\\d+\\s+x', 'a1 ', ''],
    ['(x+x+)+y', 'x', ''],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a', ''],
    ['[\\w.-]+@[\\w-]+\\.\\w{2,}$', 'a.-', ''],
    ['(?:(?:a*)*)*b', 'a', ''],
    ['(?:\\b|a)*\\d', 'a ', ''],
  ];
  for (const [pattern, unit, end] of cases) {
    for (const length of lengths) {
      it(`/${pattern}/ on ${length} characters`, () => {
        const text = unit.repeat(length / unit.length) + end;
        assert.equal(compiled(pattern).search(text), 'absent');
      });
    }
  }

  it('and where an automaton would have too many states, the end is not looked at, whatever was searched before', () => {
    const random = createRandom(1);
    const text = Array.from({ length: 64 * 1024 }, () => 'ax'.charAt(random.below(2))).join('');
    const fresh = compiled('a.{300}bc');
    const used = compiled('a.{300}bc');
    for (let from = 0; from < 60_000; from += 6000) used.search(text.slice(from, from + 700));
    for (const end of ['', `${'a'.repeat(301)}bc`]) {
      assert.equal(fresh.search(text + end), 'unknown');
      assert.equal(used.search(text + end), 'unknown');
    }
    assert.equal(used.search(`${'a'.repeat(301)}bc${text}`), 'found');
  });

  it('and V8 sees as much as it can search in bounded time', () => {
    const regex = compiled('"(?=xy).*z');
    assert.equal(regex.search(`"xy${' '.repeat(100)}z`), 'found');
    assert.equal(regex.search('"'.repeat(100_000)), 'unknown');
  });
});
