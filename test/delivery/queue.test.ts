import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createQueue } from '../../src/delivery/queue.ts';
import type { Alert } from '../../src/model/alert.ts';
import { sampleAlert } from '../support/alerts.ts';
import { heapAfterCollection } from '../support/heap.ts';

const ids = (alerts: readonly Alert[]) => alerts.map(({ id }) => Number.parseInt(id, 16));

test('a full queue drops the oldest that is not being sent', () => {
  const queue = createQueue(3);
  for (const n of [0, 1, 2]) assert.equal(queue.put(sampleAlert(n)), 0);
  assert.deepEqual(ids(queue.peek(1)), [0]);
  assert.equal(queue.put(sampleAlert(3)), 1);
  assert.deepEqual(ids(queue.peek(9)), [0, 2, 3]);
});

test('what is being sent is never dropped, even when that is all there is', () => {
  const queue = createQueue(2);
  for (const n of [0, 1]) queue.put(sampleAlert(n));
  queue.peek(2);
  assert.equal(queue.put(sampleAlert(2)), 1);
  queue.ack(1);
  assert.deepEqual(ids(queue.peek(2)), [1]);
});

test('long alerts push out as many as they need, and one that is too long has the queue for itself', () => {
  const plain = sampleAlert(0);
  const characters = JSON.stringify(plain).length;
  const queue = createQueue(100, 10 * characters);
  const long = (n: number, times: number) => sampleAlert(n, { CommandLine: 'x'.repeat(times * characters) });
  for (let n = 0; n < 10; n++) assert.equal(queue.put(sampleAlert(n)), 0);
  queue.peek(1);
  assert.ok(queue.put(long(10, 8)) >= 3);
  assert.equal(ids(queue.peek(100))[0], 0);
  queue.ack(100);
  assert.equal(queue.put(long(11, 50)), 0);
  assert.equal(queue.put(sampleAlert(12)), 1);
  assert.deepEqual(ids(queue.peek(100)), [12]);
  queue.ack(1);
  for (let n = 0; n < 10; n++) assert.equal(queue.put(sampleAlert(n)), 0, 'what has gone does not count any more');
});

type Step = { readonly put: true } | { readonly peek: number } | { readonly ack: true };

test('it does what a plain list does, and never holds more than its limit', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant({ put: true as const }),
    fc.record({ peek: fc.integer({ min: 1, max: 6 }) }),
    fc.constant({ ack: true as const }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
      const queue = createQueue(limit);
      let list: number[] = [];
      let sent = 0;
      for (const [n, action] of steps.entries()) {
        if ('put' in action) {
          const dropped = queue.put(sampleAlert(n));
          assert.equal(dropped, list.length === limit ? 1 : 0);
          if (dropped === 0) list.push(n);
          else if (sent < limit) list = [...list.slice(0, sent), ...list.slice(sent + 1), n];
        } else if ('peek' in action) {
          const oldest = ids(queue.peek(action.peek));
          assert.deepEqual(oldest, list.slice(0, action.peek));
          sent = oldest.length;
        } else {
          queue.ack(sent);
          list = list.slice(sent);
          sent = 0;
        }
        assert.equal(queue.size, list.length);
      }
      assert.deepEqual(ids(queue.peek(limit)), list);
    }),
  );
});

test('what has arrived takes no memory any more', () => {
  const queue = createQueue(1_000);
  const beforeBytes = heapAfterCollection();
  for (let n = 0; n < 1_000; n++) queue.put(sampleAlert(n, { argv: Array.from({ length: 1_000 }, () => n + 0.5) }));
  assert.ok(heapAfterCollection() - beforeBytes > 4_000_000);
  queue.ack(1_000);
  const leftBytes = heapAfterCollection() - beforeBytes;
  assert.ok(leftBytes < 1_000_000, `${leftBytes} bytes are left`);
  assert.equal(queue.size, 0);
});
