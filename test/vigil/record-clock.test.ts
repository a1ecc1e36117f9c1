import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordClock } from '../../src/vigil/record-clock.ts';
import { createHeldClock } from '../support/held-clock.ts';

test('a reader is behind while records come in and none is as young as that time', () => {
  const clock = createHeldClock();
  const records = createRecordClock(clock.monotonicMs);
  assert.equal(records.isBehind(1000), false, 'nothing comes in');
  records.saw(400);
  assert.equal(records.isBehind(1000), true);
  clock.advance(999);
  assert.equal(records.isBehind(1000), true);
  clock.advance(1);
  assert.equal(records.isBehind(1000), false, 'nothing has come in for a second');
  records.saw(1000);
  // The record of a call that waited is old, and says nothing.
  records.saw(10);
  assert.equal(records.isBehind(1000), false);
  assert.equal(records.isBehind(1001), true);
});
