import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { compileRegex } from '../../src/regex/regex.ts';

/** The same meaning twice: in a rule's words, and in those of V8's engine with the flag u. (With v, V8 of Node 20 forgets negated classes inside repetitions.) */
interface Pair {
  readonly rule: string;
  readonly v8: string;
}

const flagSets = ['', 'i', 'm', 's', 'im', 'is', 'ms', 'ims'] as const;
const characters = [
  'a',
  'b',
  'A',
  'k',
  '\u212a',
  's',
  '\u017f',
  'é',
  'É',
  'ß',
  'ẞ',
  '😀',
  '_',
  '1',
  '٣',
  ' ',
  '\n',
  '\ud83d',
];
const text = fc.string({ unit: fc.constantFrom(...characters), maxLength: 14 });

function literal(character: string): Pair {
  return { rule: character, v8: character };
}

function atom(flags: string): fc.Arbitrary<Pair> {
  const word = '\\p{L}\\p{N}_';
  const newlineAtEnd = '(?![^\\n]|\\n[\\s\\S])';
  const pairs: Pair[] = [
    { rule: '.', v8: flags.includes('s') ? '[\\s\\S]' : '[^\\n]' },
    { rule: '^', v8: flags.includes('m') ? '(?<![^\\n])' : '(?<![\\s\\S])' },
    { rule: '$', v8: flags.includes('m') ? '(?![^\\n])' : newlineAtEnd },
    { rule: '\\A', v8: '(?<![\\s\\S])' },
    { rule: '\\z', v8: '(?![\\s\\S])' },
    { rule: '\\Z', v8: newlineAtEnd },
    { rule: '\\b', v8: `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))` },
    { rule: '\\B', v8: `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))` },
    { rule: '\\d', v8: '\\p{Nd}' },
    { rule: '\\D', v8: '[^\\p{Nd}]' },
    { rule: '\\w', v8: `[${word}]` },
    { rule: '\\W', v8: `[^${word}]` },
    { rule: '\\s', v8: '\\s' },
    { rule: '\\S', v8: '\\S' },
    { rule: '\\p{Lu}', v8: '\\p{Lu}' },
    { rule: '\\PL', v8: '[^\\p{L}]' },
    { rule: '\\x61', v8: 'a' },
    { rule: '[a-b]', v8: '[a-b]' },
    { rule: '[^a-k]', v8: '[^a-k]' },
    { rule: '[^\\w😀]', v8: `[^${word}😀]` },
    { rule: '[]s]', v8: '[\\]s]' },
    { rule: '[\\W1]', v8: `(?:[^${word}]|1)` },
    { rule: '(?=a)', v8: '(?=a)' },
    { rule: '(?<!k)', v8: '(?<!k)' },
    { rule: '(?!\\s)', v8: '(?!\\s)' },
  ];
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...characters).map(literal) }, fc.constantFrom(...pairs));
}

function pattern(flags: string, depth: number): fc.Arbitrary<Pair> {
  if (depth === 0) return atom(flags);
  const inner = pattern(flags, depth - 1);
  return fc.oneof(
    atom(flags),
    fc.array(inner, { maxLength: 4 }).map((parts) => both(parts, '', '')),
    fc.array(inner, { minLength: 2, maxLength: 3 }).map((parts) => both(parts, '|', '')),
    fc
      .tuple(inner, fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '{0,2}', '*?', '+?'))
      .map(([{ rule, v8 }, quantifier]) => ({ rule: `(?:${rule})${quantifier}`, v8: `(?:${v8})${quantifier}` })),
  );
}

function both(parts: readonly Pair[], separator: string, around: string): Pair {
  const join = (texts: readonly string[]) => `(?:${around}${texts.join(separator)})`;
  return { rule: join(parts.map(({ rule }) => rule)), v8: join(parts.map(({ v8 }) => v8)) };
}

/** One place after the other: V8 of Node 20 looks for assertions also between the halves of a surrogate pair. */
function matchesSomewhere(sticky: RegExp, text: string): boolean {
  for (let at = 0; at <= text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) {
    sticky.lastIndex = at;
    if (sticky.test(text)) return true;
  }
  return false;
}

it('the automaton answers like V8, on made patterns and texts', () => {
  const cases = fc
    .constantFrom(...flagSets)
    .chain((flags) => fc.tuple(fc.constant(flags), pattern(flags, 3), fc.array(text, { minLength: 1, maxLength: 6 })));
  const property = fc.property(cases, ([flags, { rule, v8 }, texts]) => {
    const compiled = compileRegex(rule, flags);
    assert.ok(typeof compiled !== 'string', `${rule}: ${compiled}`);
    const oracle = new RegExp(v8, flags.includes('i') ? 'uiy' : 'uy');
    for (const searched of texts) {
      const expected = matchesSomewhere(oracle, searched);
      assert.equal(
        compiled.search(searched),
        expected ? 'found' : 'absent',
        `/${rule}/${flags} on ${JSON.stringify(searched)}`,
      );
      const folded = searched.toLowerCase();
      if (expected && compiled.required) {
        assert.ok(
          compiled.required.some((sought) => folded.replaceAll('\u017f', 's').includes(sought)),
          `${rule} needs ${compiled.required}`,
        );
      }
    }
  });
  fc.assert(property, { numRuns: 3000 });
});
