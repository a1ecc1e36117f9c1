import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from '../../src/delivery/backoff.ts';

const most = () => 1;

for (const [failures, boundMs] of [
  [1, 500],
  [2, 1_000],
  [6, 16_000],
  [7, 30_000],
  [5_000, 30_000],
] as const) {
  test(`after ${failures} failures it waits at most ${boundMs} ms`, () => {
    assert.equal(backoffMs(failures, most), boundMs);
    assert.equal(
      backoffMs(failures, () => 0),
      0,
    );
    assert.equal(
      backoffMs(failures, () => 0.5),
      boundMs / 2,
    );
  });
}

test('a receiver may ask for more time, up to 5 minutes', () => {
  assert.equal(backoffMs(1, most, 7_000), 7_000);
  assert.equal(backoffMs(1, most, 100), 500);
  assert.equal(backoffMs(1, most, 24 * 3_600_000), 300_000);
});
