import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createSerials, type Serials } from '../../src/ledger/serials.ts';

const startMs = 1_795_489_893_399;

function take(serials: Serials, numbers: readonly number[], atMs = startMs): void {
  for (const number of numbers) serials.take(number, atMs);
}

function tick(serials: Serials, times = 5): void {
  for (let n = 0; n < times; n++) serials.tick();
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

describe('serials of audit events', () => {
  test('begin anywhere, and without a gap nothing is lost', () => {
    const serials = createSerials();
    take(serials, range(5000, 9000));
    tick(serials);
    assert.equal(serials.lost, 0);
    assert.equal(serials.missing, 0);
  });

  test('a gap is lost when time has passed', () => {
    const serials = createSerials();
    take(serials, [1, 2, 6]);
    assert.deepEqual([serials.lost, serials.missing], [0, 3]);
    tick(serials);
    assert.deepEqual([serials.lost, serials.missing], [3, 0]);
    assert.deepEqual(serials.takeLost(), [{ from: 3, to: 5 }]);
    assert.deepEqual(serials.takeLost(), []);
  });

  test('a gap is lost when a thousand serials have come behind it', () => {
    const serials = createSerials();
    take(serials, [1, 3, ...range(4, 1002)]);
    assert.equal(serials.lost, 0);
    take(serials, range(1003, 1010));
    assert.equal(serials.lost, 1);
  });

  test('F30: interleaved events fill what they left open', () => {
    const serials = createSerials();
    take(serials, [1, 4, 2, 3, 8, 7, 5, 6]);
    tick(serials);
    assert.equal(serials.lost, 0);
  });

  test('what comes after it was given up is given back', () => {
    const serials = createSerials();
    take(serials, [1, 5]);
    tick(serials);
    assert.equal(serials.lost, 3);
    take(serials, [3]);
    assert.equal(serials.lost, 2);
    take(serials, [3]);
    assert.equal(serials.lost, 2);
  });

  test('F32: the wrap from 4294967295 to 0 is no gap, and gaps are counted over it', () => {
    const serials = createSerials();
    take(serials, [4_294_967_294, 4_294_967_295, 0, 1]);
    tick(serials);
    assert.equal(serials.lost, 0);
    const gaps = createSerials();
    take(gaps, [4_294_967_290, 5]);
    tick(gaps);
    assert.equal(gaps.lost, 10);
    take(gaps, [4_294_967_295]);
    assert.equal(gaps.lost, 9);
  });

  test('a boot begins anew, whether it had come far before or not', () => {
    for (const before of [20, 60_000, 3_000_000_000]) {
      const serials = createSerials();
      take(serials, [before - 1, before]);
      take(serials, [1, 2, 3], startMs + 40_000);
      tick(serials);
      assert.deepEqual([serials.lost, serials.restarts], [0, 1], String(before));
      take(serials, [5], startMs + 40_001);
      tick(serials);
      assert.equal(serials.lost, 1);
    }
  });

  test('a boot with the same serials as the one before', () => {
    const serials = createSerials();
    take(serials, range(1, 300));
    take(serials, range(1, 300), startMs + 60_000);
    tick(serials);
    assert.deepEqual([serials.lost, serials.restarts], [0, 1]);
  });

  test('a boot after which the clock is behind what it was before', () => {
    const serials = createSerials();
    for (const serial of range(1, 30_000)) serials.take(serial, startMs + serial);
    for (const serial of [1, 2, 3, 10, 11]) serials.take(serial, startMs - 60_000 + serial);
    tick(serials);
    assert.deepEqual([serials.lost, serials.restarts], [6, 1]);
  });

  test('the same in another process, which knows no times', () => {
    const first = createSerials();
    take(first, range(1, 20_000));
    const second = createSerials(JSON.parse(JSON.stringify(first.snapshot())));
    take(second, [1, 2, 5], startMs - 60_000);
    tick(second);
    assert.deepEqual([second.lost, second.restarts], [2, 1]);
  });

  test('what is read a second time changes nothing, however far back it begins', () => {
    const serials = createSerials();
    const all = range(1, 60_000).filter((serial) => serial % 100 !== 7);
    for (let times = 0; times < 2; times++) {
      for (const serial of all) serials.take(serial, startMs + serial);
      tick(serials);
      assert.deepEqual([serials.lost, serials.restarts], [600, 0]);
    }
  });

  test('one damaged time hides neither a boot nor a long absence', () => {
    const boot = createSerials();
    take(boot, range(1, 3000));
    boot.take(3001, startMs * 6);
    take(boot, [1, 2, 3, 10], startMs + 60_000);
    tick(boot);
    assert.deepEqual([boot.lost, boot.restarts], [6, 1]);
    const absence = createSerials();
    take(absence, range(1, 3000));
    absence.take(3001, startMs * 6);
    take(absence, [3002, 3003]);
    take(absence, [503_003, 503_004], startMs + 600_000);
    tick(absence);
    assert.deepEqual([absence.lost, absence.restarts], [499_999, 0]);
  });

  test('a damaged line with both another serial and another time counts nothing', () => {
    const serials = createSerials();
    take(serials, [100, 101]);
    serials.take(2_000_000_000, startMs * 6);
    take(serials, [102, 103]);
    tick(serials);
    assert.deepEqual([serials.lost, serials.restarts], [0, 0]);
  });

  test('a process that ends between two events that agree', () => {
    const first = createSerials();
    take(first, [10]);
    take(first, [500_010], startMs + 86_400_000);
    const second = createSerials(JSON.parse(JSON.stringify(first.snapshot())));
    take(second, [500_011], startMs + 86_400_000);
    tick(second);
    assert.equal(second.lost, 499_999);
  });

  test('F33: a damaged serial does not count for billions', () => {
    const serials = createSerials();
    take(serials, [100, 101, 2_000_000_000, 102, 103, 90_000_000, 104]);
    tick(serials);
    assert.deepEqual([serials.lost, serials.restarts], [0, 0]);
  });

  test('F31: time that goes back changes nothing', () => {
    const serials = createSerials();
    serials.take(10, startMs);
    serials.take(12, startMs - 90_000);
    serials.take(11, startMs + 10);
    tick(serials);
    assert.deepEqual([serials.lost, serials.restarts], [0, 0]);
  });

  test('a long absence of the reader is a gap, however long', () => {
    const serials = createSerials();
    take(serials, [10]);
    take(serials, [30_000_010, 30_000_011], startMs + 86_400_000);
    tick(serials);
    assert.equal(serials.lost, 29_999_999);
  });

  test('more gaps than are kept are lost, not forgotten', () => {
    const serials = createSerials();
    // Every other serial, from far apart enough that time would be needed.
    take(
      serials,
      range(0, 3000).map((n) => n * 2),
    );
    tick(serials);
    assert.equal(serials.lost, 3000);
  });

  test('any loss, in any order within the window, over any restart, is counted to the event', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 4_294_967_295 }),
        fc.array(
          fc.record({ lost: fc.boolean(), delay: fc.nat({ max: 6 }), restart: fc.integer({ min: 0, max: 19 }) }),
          {
            minLength: 3,
            maxLength: 400,
          },
        ),
        (first, events) => {
          const sent = events
            // What was lost before the first or after the last that came, nobody can know.
            .map((event, n) => ({ ...event, n, lost: event.lost && n > 8 && n < events.length - 8 }))
            .filter(({ lost }) => !lost)
            .map((event) => ({ ...event, place: event.n < 8 ? event.n : event.n + event.delay }))
            .sort((one, other) => one.place - other.place);
          let serials = createSerials();
          for (const { n, restart } of sent) {
            serials.take((first + n) % 4_294_967_296, startMs + n);
            if (restart === 0) serials = createSerials(JSON.parse(JSON.stringify(serials.snapshot())));
          }
          const top = Math.max(...sent.map(({ n }) => n));
          tick(serials);
          assert.equal(serials.lost, top + 1 - sent.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});
