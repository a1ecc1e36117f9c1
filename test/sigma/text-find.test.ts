import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { createContains, createFind } from '../../src/sigma/text-find.ts';

/** Texts that repeat themselves, longer than what is left to V8. */
const repeating = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'ab', 'aab', 'é', '😀'), fc.nat({ max: 120 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.map(([unit, count]) => unit.repeat(count)).join(''));

it('a text is found where V8 finds it', () => {
  const property = fc.property(repeating, repeating, repeating, fc.nat({ max: 300 }), (sought, before, after, from) => {
    const find = createFind(sought);
    const contains = createContains(sought);
    for (const text of [before + after, before + sought + after, sought.slice(1) + after]) {
      assert.equal(find(text, Math.min(from, text.length)), text.indexOf(sought, Math.min(from, text.length)));
      assert.equal(contains(text), text.includes(sought));
    }
  });
  fc.assert(property, { numRuns: 2000 });
});

it('a long text that repeats itself is searched for in one pass', () => {
  const half = 'a'.repeat(50_000);
  assert.equal(createContains(`${half}b${half}`)('a'.repeat(2 * 1024 * 1024)), false);
});
