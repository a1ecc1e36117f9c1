import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, nearest } from '../../src/text/nearest.ts';

const known = ['contains', 'startswith', 'endswith', 're', 'i'];
const cases = [
  ['contians', 'contains'],
  ['Contains', 'contains'],
  ['endwith', 'endswith'],
  ['er', undefined],
  ['r', undefined],
  ['a', undefined],
  ['', undefined],
  ['something else entirely', undefined],
  ['x'.repeat(100_000), undefined],
] as const;
for (const [word, meant] of cases) {
  test(`'${word.slice(0, 30)}' ${meant === undefined ? 'is near to nothing' : `means ${meant}`}`, () => {
    assert.equal(nearest(word, known), meant);
    assert.equal(didYouMean(word, known), meant === undefined ? '' : ` (did you mean '${meant}'?)`);
  });
}
