import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createCounters } from '../../src/host/counters.ts';
import { type CanaryWatch, createCanaryWatch } from '../../src/vigil/canary-watch.ts';
import { type Diagnosis, explainSymptoms } from '../../src/vigil/diagnosis.ts';
import { createHeldClock, type HeldClock } from '../support/held-clock.ts';
import { createKeptLogger } from '../support/kept-logger.ts';

const blind = (reason: 'unknown' | 'disabled'): Diagnosis =>
  explainSymptoms({
    status: { enabled: reason === 'disabled' ? 0 : 1, pid: 812, lost: 0, backlog: 0, backlogLimit: 64 },
    auditd: 'running',
    hasExecRule: true,
    log: 'readable',
    isRefused: false,
  });

let clock: HeldClock;
let watch: CanaryWatch;
let stop: AbortController;
let running: Promise<void>;
/** Whether canaries come back now, and why not. */
let isBlind: boolean;
let reason: 'unknown' | 'disabled';
let sentAt: readonly number[];
let told: readonly (readonly [seconds: number, eventType: string, reason: unknown])[];
let occurrences: readonly string[];
let alive: number;

function begin(wasAlive: boolean, intervalMs = 60_000): void {
  watch = createCanaryWatch({
    intervalMs,
    clock,
    logger: createKeptLogger(),
    tell(eventType, occurrence, fields) {
      told = [...told, [seconds(), eventType, fields['Reason']]];
      occurrences = [...occurrences, `${eventType} ${occurrence}`];
    },
    wasAlive,
    diagnose: async () => blind(reason),
    onAlive() {
      alive++;
    },
    lostCounter: createCounters().counter('canary_lost_total'),
  });
  const send = async (signal: AbortSignal): Promise<boolean> => {
    sentAt = [...sentAt, seconds()];
    if (isBlind) await clock.sleep(4000, signal);
    else watch.returned(3);
    return !isBlind;
  };
  running = watch.run({ send }, stop.signal);
}

const seconds = (): number => clock.monotonicMs() / 1000;

/** Lets time pass in steps of half a second, and everybody act who is due. */
async function pass(secs: number): Promise<void> {
  for (let half = 0; half < secs * 2; half++) {
    await settle();
    clock.advance(500);
  }
  await settle();
}

async function settle(): Promise<void> {
  for (let n = 0; n < 5; n++) await turn();
}

beforeEach(() => {
  clock = createHeldClock();
  stop = new AbortController();
  isBlind = false;
  reason = 'disabled';
  sentAt = [];
  told = [];
  occurrences = [];
  alive = 0;
});
afterEach(async () => {
  stop.abort();
  await settle();
  await running;
});

test('while they come back one is sent at each interval, and nothing is told', async () => {
  begin(false);
  await pass(200);
  assert.deepEqual(sentAt, [0, 60, 120, 180]);
  assert.deepEqual(told, []);
  assert.equal(alive, 1);
  assert.deepEqual(watch.status, { state: 'alive', lastMs: 3, maxMs: 3, ageMs: 20_000 });
});

describe('one that was alive and is missing', () => {
  test('is told when its time is out, where the reason is known; its return as well', async () => {
    begin(false);
    await pass(1);
    isBlind = true;
    watch.hurry();
    await pass(20);
    assert.deepEqual(told, [[5, 'canary_lost', 'audit_disabled']]);
    assert.equal(watch.status.state, 'lost');
    isBlind = false;
    await pass(10);
    assert.deepEqual(
      told.map(([, eventType]) => eventType),
      ['canary_lost', 'canary_returned'],
    );
    assert.equal(watch.status.state, 'alive');
  });

  test('gets another attempt where the reason is not known', async () => {
    reason = 'unknown';
    begin(false);
    await pass(1);
    isBlind = true;
    watch.hurry();
    await pass(20);
    assert.deepEqual(told, [[9, 'canary_lost', 'unknown']]);
  });

  test('and comes back at the second attempt, is not told', async () => {
    reason = 'unknown';
    begin(false);
    await pass(1);
    isBlind = true;
    watch.hurry();
    await pass(3);
    isBlind = false;
    await pass(20);
    assert.deepEqual(told, []);
    assert.equal(watch.status.state, 'alive');
  });

  test('is told again after 10, 20, 40 and then every 60 minutes, each with an id of its own', async () => {
    begin(false, 30 * 60_000);
    await settle();
    isBlind = true;
    watch.hurry();
    await pass(3.5 * 3600);
    const minutes = told.map(([at]) => Math.round(at / 60));
    assert.deepEqual(minutes, [0, 10, 30, 70, 130, 190]);
    assert.equal(new Set(occurrences).size, told.length);
  });

  test('is not waited for any longer when something happens that may bring it back', async () => {
    begin(false);
    await settle();
    isBlind = true;
    watch.hurry();
    // The next one is sent at 10 s.
    await pass(11.5);
    assert.equal(sentAt.at(-1), 10);
    isBlind = false;
    watch.hurry();
    await settle();
    assert.equal(watch.status.state, 'alive');
    assert.equal(sentAt.at(-1), 11.5);
  });

  test('and comes late, is back', async () => {
    begin(false);
    await settle();
    isBlind = true;
    watch.hurry();
    await pass(6);
    watch.returned(5000);
    assert.deepEqual(
      told.map(([, eventType]) => eventType),
      ['canary_lost', 'canary_returned'],
    );
    assert.equal(watch.status.maxMs, 5000);
  });
});

describe('at the start', () => {
  test('where none ever came back that is told once, after three attempts', async () => {
    isBlind = true;
    begin(false);
    await pass(600);
    assert.deepEqual(told, [[12, 'canary_unseen', undefined]]);
    assert.equal(watch.status.state, 'unknown');
    assert.equal(alive, 0);
  });

  test('where one came back in the last run, two attempts are made before it is told, whatever the reason', async () => {
    isBlind = true;
    begin(true);
    await pass(30);
    assert.deepEqual(told, [[8, 'canary_lost', 'audit_disabled']]);
  });

  test('one that is seen later is alive', async () => {
    isBlind = true;
    begin(false);
    await pass(30);
    isBlind = false;
    await pass(60);
    assert.equal(watch.status.state, 'alive');
    assert.deepEqual(
      told.map(([, eventType]) => eventType),
      ['canary_unseen'],
    );
  });
});

test('who is in a hurry waits for a second between two, and none is forgotten', async () => {
  begin(false);
  await pass(10);
  for (let n = 0; n < 1000; n++) watch.hurry();
  await settle();
  for (let n = 0; n < 1000; n++) watch.hurry();
  await pass(5);
  assert.deepEqual(sentAt, [0, 10, 11]);
});

test('it ends when it is told to, in the middle of an attempt', async () => {
  isBlind = true;
  begin(true);
  await pass(1);
  stop.abort();
  await running;
  assert.deepEqual(told, []);
});
