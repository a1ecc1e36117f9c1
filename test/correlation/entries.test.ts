import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEntries } from '../../src/correlation/entries.ts';
import type { Entry } from '../../src/correlation/timeline.ts';

const anyStep = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), at: fc.nat({ max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('first' as const), at: fc.constant(0) }) },
  fc.record({ kind: fc.constant('back' as const), at: fc.constant(0) }),
  fc.record({ kind: fc.constant('any' as const), at: fc.nat() }),
);

test('entries are in order, whatever comes, goes and comes back', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const entries = createEntries();
      let expected: Entry[] = [];
      const gone: Entry[] = [];
      for (const [order, { kind, at }] of steps.entries()) {
        const entry = kind === 'add' ? entryAt(at, order) : kind === 'back' ? gone.pop() : undefined;
        if (entry) {
          entries.add(entry);
          expected = [...expected, entry].sort((a, b) => a.timeMs - b.timeMs || a.order - b.order);
        } else if (kind !== 'back' && expected.length > 0) {
          const [removed] = expected.splice(kind === 'first' ? 0 : at % expected.length, 1);
          if (removed) entries.remove(removed);
          if (removed) gone.push(removed);
        }
        assert.equal(entries.length, expected.length);
        assert.equal(entries.after(undefined), expected[0]);
        const middle = Math.floor(expected.length / 2);
        assert.equal(entries.after(expected[middle]), expected.length === 0 ? undefined : expected[middle + 1]);
        const between = entryAt(at, -1);
        assert.equal(
          entries.after(between),
          expected.find(({ timeMs }) => timeMs >= at),
        );
      }
    }),
    { numRuns: 200 },
  );
});

function entryAt(timeMs: number, order: number): Entry {
  return { timeMs, order, member: 0, event: undefined, value: undefined };
}
