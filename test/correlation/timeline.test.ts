import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  createTimeline,
  type Entry,
  enter,
  forgetOldest,
  type Measure,
  moveTo,
  sizeOf,
} from '../../src/correlation/timeline.ts';

/** Keeps the entries themselves, and fails when one comes twice or goes that is not there. */
function createContents(): Measure & { readonly orders: () => readonly number[] } {
  const inside = new Set<Entry>();
  return {
    add(entry) {
      assert.ok(!inside.has(entry));
      inside.add(entry);
    },
    remove(entry) {
      assert.ok(inside.delete(entry));
    },
    value: () => inside.size,
    holds: () => false,
    orders: () => [...inside].map(({ order }) => order).sort((a, b) => a - b),
  };
}

const timespanMs = 5;
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('enter' as const), timeMs: fc.nat({ max: 40 }) }),
  fc.record({ kind: fc.constant('move' as const), timeMs: fc.nat({ max: 50 }) }),
  fc.record({ kind: fc.constant('forget' as const), timeMs: fc.constant(0) }),
);

describe('a timeline', () => {
  it('has in its window what is in the time, wherever it moves and whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
        const timeline = createTimeline();
        const contents = createContents();
        let kept: readonly Entry[] = [];
        for (const [order, { kind, timeMs }] of steps.entries()) {
          if (kind === 'enter') {
            const entry: Entry = { timeMs, order, member: 0, event: undefined, value: undefined };
            const entered = enter(timeline, contents, entry);
            assert.equal(entered, timeMs < timeline.forgottenToMs ? 'late' : 'entered');
            if (entered === 'entered') kept = [...kept, entry];
          } else if (kind === 'forget') {
            forgetOldest(timeline, contents);
            const [oldest] = [...kept].sort((a, b) => a.timeMs - b.timeMs || a.order - b.order);
            kept = kept.filter((entry) => entry !== oldest);
          } else {
            moveTo(timeline, contents, timeMs, timespanMs);
            const expected = kept.filter((entry) => entry.timeMs >= timeMs - timespanMs && entry.timeMs <= timeMs);
            assert.deepEqual(
              contents.orders(),
              expected.map(({ order: at }) => at),
            );
          }
          assert.equal(sizeOf(timeline), kept.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('knows an event that is there, by time, member and event', () => {
    const timeline = createTimeline();
    const contents = createContents();
    const entry = { timeMs: 1, order: 1, member: 0, event: 'e', value: undefined };
    const outcomes = [
      entry,
      { ...entry, order: 2 },
      { ...entry, member: 1 },
      { ...entry, event: 'f' },
      { ...entry, timeMs: 2 },
      { ...entry, order: 3 },
      { ...entry, event: undefined },
      { ...entry, event: undefined },
    ].map((one) => enter(timeline, contents, one));
    assert.deepEqual(outcomes, ['entered', 'again', 'entered', 'entered', 'entered', 'again', 'entered', 'entered']);
  });

  it('does not hold on to what it has forgotten', () => {
    const timeline = createTimeline();
    const contents = createContents();
    for (let timeMs = 0; timeMs < 10_000; timeMs++) {
      enter(timeline, contents, { timeMs, order: timeMs, member: 0, event: undefined, value: undefined });
      if (timeMs >= 100) forgetOldest(timeline, contents);
    }
    assert.equal(sizeOf(timeline), 100);
    assert.ok(timeline.entries.length <= 300);
  });
});
