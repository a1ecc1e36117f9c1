import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAnswers } from '../../src/matching/answers.ts';

/** Texts of which many differ in one character only. */
const text = fc
  .tuple(fc.nat(300), fc.nat(300), fc.constantFrom('', 'x', 'é', '\u{1f600}'))
  .map(([length, place, character]) => 'a'.repeat(place) + character + 'a'.repeat(length));

test('an answer is that of the same text, or none', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 300 }), (texts) => {
      const answers = createAnswers<string>();
      for (const asked of texts) {
        const found = answers.find(asked);
        assert.ok(found === undefined || found === `of ${asked}`);
        if (found === undefined) answers.remember(asked, `of ${asked}`);
        assert.equal(answers.find(asked), `of ${asked}`);
      }
    }),
  );
});

test('four texts that differ where nobody looks are known at the same time, and no number of texts is too much', () => {
  const answers = createAnswers<number>();
  const texts = Array.from({ length: 4 }, (_, nth) => `${'a'.repeat(100)}b${nth}${'a'.repeat(100)}`);
  for (const [nth, one] of texts.entries()) answers.remember(one, nth);
  assert.deepEqual(texts.map(answers.find), [0, 1, 2, 3]);
  for (let nth = 0; nth < 10_000; nth++) answers.remember(`text ${nth}`, nth);
  const left = Array.from({ length: 10_000 }, (_, nth) => answers.find(`text ${nth}`)).filter(
    (nth) => nth !== undefined,
  );
  assert.ok(left.length > 500 && left.length <= 1024, String(left.length));
});
