import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createSilence, type Silence } from '../../src/vigil/silence.ts';
import { createHeldClock, type HeldClock } from '../support/held-clock.ts';

let clock: HeldClock;
let silence: Silence;
let doubts: number;
let told: readonly (readonly [unreported: number, silentMs: number])[];

beforeEach(() => {
  clock = createHeldClock();
  doubts = 0;
  told = [];
  silence = createSilence({
    monotonicMs: clock.monotonicMs,
    quietMs: 60_000,
    onDoubt() {
      doubts++;
    },
    onSilent(...silent) {
      told = [...told, silent];
    },
  });
});

function miss(times: number): void {
  for (let n = 0; n < times; n++) silence.unreported();
}

test('three in a row are doubtful, two with a report between are not', () => {
  miss(2);
  silence.reported();
  miss(2);
  assert.equal(doubts, 0);
  miss(1);
  assert.equal(doubts, 1);
});

test('doubts come once a minute', () => {
  miss(50);
  clock.advance(59_999);
  miss(50);
  assert.equal(doubts, 1);
  clock.advance(1);
  miss(1);
  assert.equal(doubts, 2);
});

test('five over ten seconds without a report are a silence, told once until there is a report', () => {
  silence.reported();
  miss(20);
  clock.advance(9_999);
  miss(1);
  assert.deepEqual(told, []);
  clock.advance(1);
  miss(5);
  assert.deepEqual(told, [[22, 10_000]]);
  silence.reported();
  clock.advance(20_000);
  miss(5);
  assert.deepEqual(told.at(-1), [5, 20_000]);
  assert.equal(told.length, 2);
});

test('where nothing was ever reported there is no silence', () => {
  for (let n = 0; n < 100; n++) {
    miss(1);
    clock.advance(1000);
  }
  assert.deepEqual(told, []);
});
