import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAssumedEvents, createClosedEvents } from '../../src/events/closed-events.ts';
import type { EventId } from '../../src/model/audit.ts';
import { eventKey } from '../../src/text/event-key.ts';
import { record } from '../support/audit-lines.ts';

const maxClosed = 4096;

/** Few serials, all of which end alike, so that they share one list. */
const ids: fc.Arbitrary<EventId> = fc.record({
  node: fc.constantFrom(undefined, 'a'),
  timestampMs: fc.integer({ min: 0, max: 2 }),
  serial: fc.integer({ min: 0, max: 3 }).map((nth) => nth * maxClosed),
});

test('the last 4,096 events are known, and no other', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(ids, { selector: eventKey, maxLength: 24 }),
      fc.integer({ min: 0, max: 5000 }),
      (some, others) => {
        const closed = createClosedEvents();
        const all: EventId[] = [...some];
        for (let serial = 1; serial <= others; serial++) all.push({ node: undefined, timestampMs: 7, serial });
        for (const [position, id] of all.entries()) {
          assert.equal(closed.has(id), false);
          closed.add(id, position, true);
          assert.equal(closed.has(id), true);
        }
        const kept = all.slice(-maxClosed);
        for (const id of some) assert.equal(closed.has(id), kept.includes(id), eventKey(id));
        const from = all.length - 10;
        assert.deepEqual(
          closed.since(from),
          kept
            .slice(-10)
            .map(eventKey)
            .slice(from < 0 ? 0 : -10),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test('what an earlier run had done is known until as many events were closed as are remembered', () => {
  const assumed = createAssumedEvents();
  const line = 'type=CWD msg=audit(1.000:5): cwd="/"';
  assumed.add(['1.000:5'], 10);
  assert.deepEqual([assumed.since(10), assumed.since(11)], [['1.000:5'], []]);
  for (let closings = 1; closings < maxClosed; closings++) assumed.age();
  assert.equal(assumed.has(record(line)), true);
  assumed.age();
  assert.equal(assumed.has(record(line)), false);
});

test('the latest that were closed without an end are saved wherever they began, as many as may be', () => {
  const closed = createClosedEvents();
  for (let serial = 0; serial < 100; serial++) {
    closed.add({ node: undefined, timestampMs: 1000, serial }, serial, serial % 10 === 0);
  }
  const keys = closed.since(98);
  assert.deepEqual([keys.length, keys.at(0), keys.at(-1)], [64 - 2 + 2, '1.000:29', '1.000:99']);
  assert.ok(!keys.includes('1.000:50'));
});
