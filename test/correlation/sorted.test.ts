import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSorted } from '../../src/correlation/sorted.ts';
import type { Entry } from '../../src/correlation/timeline.ts';
import { createRandom } from '../support/random.ts';

const entry = (value: number): Entry => ({ timeMs: 0, order: 0, member: 0, event: undefined, value });

test('percentiles of many numbers that come and go are those of a sorted list', () => {
  const random = createRandom(5);
  const percents = [0, 25, 50, 90, 99.9, 100];
  const measures = percents.map(createSorted);
  let numbers: number[] = [];
  for (let step = 0; step < 6000; step++) {
    // Mostly coming at first, mostly going at last, and many of them equal.
    if (numbers.length === 0 || random.below(6000) > step) {
      const number = (random.below(2000) - 1000) / 4;
      numbers.push(number);
      for (const measure of measures) measure.add(entry(number));
    } else {
      const [number = 0] = numbers.splice(random.below(numbers.length), 1);
      for (const measure of measures) measure.remove(entry(number));
    }
    if (step % 50 > 0 || numbers.length === 0) continue;
    numbers = numbers.sort((a, b) => a - b);
    for (const [at, percent] of percents.entries()) {
      const rank = ((numbers.length - 1) * percent) / 100;
      const [below = 0, above = 0] = [numbers[Math.floor(rank)], numbers[Math.ceil(rank)]];
      const expected = below + (above - below) * (rank - Math.floor(rank));
      assert.ok(Math.abs((measures[at]?.value() ?? Number.NaN) - expected) < 1e-9, `${percent} of ${numbers.length}`);
    }
  }
});
