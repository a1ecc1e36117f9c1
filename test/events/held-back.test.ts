import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeldBack } from '../../src/events/held-back.ts';
import { eventOf, execLines } from '../support/audit-lines.ts';

const exec = (serial: number) => eventOf(execLines({ serial }));

test('each event is given out when its time is over, and not before', () => {
  const released: number[] = [];
  const held = createHeldBack(({ id }) => released.push(id.serial), 100);
  held.push(exec(1), 0);
  held.push(exec(2), 50);
  held.expire(99);
  assert.deepEqual([released, held.size], [[], 2]);
  held.expire(100);
  assert.deepEqual(released, [1]);
  held.expire(150);
  assert.deepEqual([released, held.size], [[1, 2], 0]);
});

test('1,024 are kept; the oldest make room, and none is lost', () => {
  const released: number[] = [];
  const held = createHeldBack(({ id }) => released.push(id.serial), 100);
  for (let serial = 0; serial < 1030; serial++) held.push(exec(serial), 0);
  assert.deepEqual([released, held.size], [[0, 1, 2, 3, 4, 5], 1024]);
});
