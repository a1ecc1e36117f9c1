import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRush } from '../../src/vigil/rush.ts';
import { createHeldClock } from '../support/held-clock.ts';

/** In which seconds the kernel is asked, when so many events come in each. */
function askedAt(eventsInSecond: readonly number[]): readonly number[] {
  const clock = createHeldClock();
  const rush = createRush(clock.monotonicMs);
  const asked: number[] = [];
  for (const [second, events] of eventsInSecond.entries()) {
    for (let n = 0; n < events; n++) rush.event();
    clock.advance(1000);
    if (!rush.isDue()) continue;
    asked.push(second + 1);
    rush.asked();
  }
  return asked;
}

const cases: readonly (readonly [what: string, eventsInSecond: readonly number[], asked: readonly number[]])[] = [
  ['a quiet host', Array(30).fill(199), []],
  ['a rush that goes on', Array(16).fill(200), [5, 10, 15]],
  ['a rush of a second, some time after it', [0, 5000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [5]],
  ['a rush that ends shortly after it was asked', [...Array(6).fill(1000), ...Array(10).fill(0)], [5, 10]],
];
for (const [what, eventsInSecond, asked] of cases) {
  test(what, () => assert.deepEqual(askedAt(eventsInSecond), asked));
}
