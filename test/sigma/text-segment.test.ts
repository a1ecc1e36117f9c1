import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { wildcardChars } from '../../src/sigma/text-segment.ts';
import { textTest } from '../../src/sigma/text-test.ts';
import { dash, many, one, type Part } from '../../src/sigma/value.ts';
import { parse, ruleText } from './support.ts';

/** Parts that fit nearly everywhere in a text of many a, so that trying at each place would be slow. */
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Part>('a', one, 'aa') },
  { weight: 1, arbitrary: fc.constantFrom<Part>('b', dash, many, '-', '😀') },
);

/** All ways at once, a character at a time. */
function fits(parts: readonly Part[], text: string): boolean {
  const units = parts.flatMap((piece): Part[] => (typeof piece === 'string' ? [...piece] : [piece]));
  const skipStars = (places: Set<number>) => {
    for (const place of places) if (units[place] === many) places.add(place + 1);
    return places;
  };
  let places = skipStars(new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const place of places) {
      const unit = units[place];
      if (unit === many) next.add(place);
      else if (unit === one || unit === character || (unit === dash && '-/\u2013\u2014\u2015'.includes(character))) {
        next.add(place + 1);
      }
    }
    places = skipStars(next);
  }
  return places.has(units.length);
}

it('wildcards fit what they should, however often they nearly fit', () => {
  const noise = fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b', '-', '/', '\u2014', '😀', '\n'), maxLength: 60 });
  const cases = fc.tuple(fc.array(part, { minLength: 10, maxLength: 60 }), noise, noise);
  const property = fc.property(cases, ([middle, before, after]) => {
    const parts: Part[] = [many, ...middle, many];
    const fitting = middle.map((piece) => (typeof piece === 'string' ? piece : piece === dash ? '/' : 'a')).join('');
    const test = textTest(parts);
    for (const text of [before + after, 'a'.repeat(800) + before, 'a'.repeat(800) + before + fitting + after]) {
      assert.equal(test(text), fits(parts, text), `${JSON.stringify(middle.map(String))} on ${text.length} characters`);
    }
  });
  fc.assert(property, { numRuns: 150 });
});

it('a text of 2 MiB is searched once, whatever nearly fits', () => {
  const text = 'a'.repeat(2 * 1024 * 1024);
  const nearly = Array.from({ length: 499 }, (): Part[] => [one, 'a']).flat();
  assert.equal(textTest([many, ...nearly, 'x', many])(text), false);
  assert.equal(textTest([many, 'a', ...nearly, 'x', many])(text), false);
  assert.equal(textTest([many, ...nearly, 'x', many])(`${text}x`), true);
  const windows = Array.from({ length: 20_000 }, (): Part[] => ['a', one, many]).flat();
  assert.equal(textTest([many, ...windows, 'b'])(text), false);
});

it('what would take long to find is counted, between two stars only', () => {
  assert.equal(wildcardChars([many, 'ab', one, many, 'abcdef', many]), 3);
  assert.equal(wildcardChars(['ab', one, many, 'c', one]), 0);
});

it('and refused with the place where it is too much', () => {
  const { problems } = parse(ruleText(`sel: {f: '*${'?a'.repeat(600)}*'}\ncondition: sel`));
  assert.match(
    problems.join(),
    /^error 7:9 more than 1000 characters, with '\?' or a dash among them, between two '\*'$/,
  );
});
