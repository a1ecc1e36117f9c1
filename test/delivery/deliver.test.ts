import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createDelivery } from '../../src/delivery/deliver.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { DeliveryConfig } from '../../src/model/config.ts';
import { DeliveryError } from '../../src/model/errors.ts';
import type { Sink } from '../../src/model/stages.ts';
import { sampleAlert } from '../support/alerts.ts';
import { createHeldClock } from '../support/held-clock.ts';
import { createKeptLogger } from '../support/kept-logger.ts';
import { waitUntil } from '../support/wait.ts';

type Answer = 'taken' | 'never' | Error;

/** A sink that answers as the test says, and keeps what it was asked to send. */
function scripted(answer: (batch: readonly number[], attempt: number) => Answer | Promise<Answer>) {
  const attempts: number[][] = [];
  const aborts: string[] = [];
  let closes = 0;
  const sink: Sink = {
    async send(batch, signal) {
      const numbers = batch.map(({ id }) => Number.parseInt(id, 16));
      attempts.push(numbers);
      signal.addEventListener('abort', () => aborts.push(String(signal.reason.message)));
      const answered = await answer(numbers, attempts.length);
      if (answered === 'never') await new Promise(() => undefined);
      if (answered instanceof Error) throw answered;
    },
    async close() {
      closes += 1;
    },
  };
  return {
    sink,
    attempts,
    aborts,
    get closes() {
      return closes;
    },
  };
}

const again = new DeliveryError('busy', { retryable: true });
const refusal = new DeliveryError('not for me', { retryable: false });

function set(sinks: Readonly<Record<string, Sink>>, config: Partial<DeliveryConfig> = {}) {
  const [clock, logger, counters] = [createHeldClock(), createKeptLogger(), createCounters()];
  const configured = Object.entries(sinks).map(([name, sink]) => ({
    sink,
    config: { name, queueSize: 100, timeoutMs: 5_000, batchSize: 1, maxAttempts: 0, ...config },
  }));
  const delivery = createDelivery({ sinks: configured, clock, logger, counters, random: () => 1 });
  const status = (name: string) => {
    const found = delivery.status().find((sink) => sink.name === name);
    assert.ok(found, name);
    return found;
  };
  return { delivery, clock, logger, counters, status };
}

test('alerts arrive in order, in batches of at most batchSize', async () => {
  const a = scripted(() => 'taken');
  const { delivery, status, counters } = set({ a: a.sink }, { batchSize: 4 });
  for (let n = 0; n < 10; n++) delivery.accept(sampleAlert(n));
  assert.deepEqual(a.attempts, [], 'accept itself sends nothing');
  await waitUntil(() => status('a').pending === 0, 'all to be sent');
  assert.deepEqual(a.attempts, [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
  assert.deepEqual(status('a'), {
    name: 'a',
    delivered: 10,
    pending: 0,
    dead: 0,
    dropped: 0,
    retries: 0,
    lastError: null,
  });
  assert.deepEqual(counters.read(), {
    'sink_delivered_total{sink="a"}': 10,
    'sink_retries_total{sink="a"}': 0,
    'sink_dropped_total{sink="a"}': 0,
    'sink_dead_total{sink="a"}': 0,
  });
});

test('a hanging sink delays neither accept nor another sink', async () => {
  const [hanging, other] = [scripted(() => 'never'), scripted(() => 'taken')];
  const { delivery, status } = set({ hanging: hanging.sink, other: other.sink });
  for (let n = 0; n < 50; n++) delivery.accept(sampleAlert(n));
  await waitUntil(() => status('other').delivered === 50, 'the other sink to have all');
  assert.deepEqual(hanging.attempts, [[0]]);
  assert.equal(status('hanging').pending, 50);
});

test('a failing receiver is tried again with back-off, and told of once', async () => {
  const a = scripted((_, attempt) => (attempt <= 3 ? again : 'taken'));
  const { delivery, clock, logger, status } = set({ a: a.sink });
  for (let n = 0; n < 2; n++) delivery.accept(sampleAlert(n));
  for (const [failures, waitMs] of [
    [1, 500],
    [2, 1_000],
    [3, 2_000],
  ] as const) {
    await waitUntil(() => clock.waits.length === 1 && a.attempts.length === failures, `failure ${failures}`);
    assert.deepEqual(clock.waits, [waitMs]);
    assert.equal(status('a').lastError, 'busy');
    clock.advance(waitMs);
  }
  await waitUntil(() => status('a').delivered === 2, 'recovery');
  assert.deepEqual(a.attempts, [[0], [0], [0], [0], [1]]);
  assert.deepEqual({ retries: status('a').retries, lastError: status('a').lastError }, { retries: 3, lastError: null });
  assert.deepEqual(
    logger.lines.map(({ level, context }) => [level, context]),
    [
      ['warn', { sink: 'a', reason: 'busy' }],
      ['info', { sink: 'a', downMs: 3_500, failures: 3, dropped: 0 }],
    ],
  );
});

test('a receiver that asks for time gets it', async () => {
  const busy = new DeliveryError('busy', { retryable: true, retryAfterMs: 90_000 });
  const a = scripted((_, attempt) => (attempt === 1 ? busy : 'taken'));
  const { delivery, clock, status } = set({ a: a.sink });
  delivery.accept(sampleAlert(0));
  await waitUntil(() => clock.waits[0] === 90_000, 'the wait');
  clock.advance(90_000);
  await waitUntil(() => status('a').delivered === 1, 'delivery');
});

test('a full queue drops the oldest, counts each and says so once', async () => {
  let open = false;
  const a = scripted(() => (open ? 'taken' : again));
  const { delivery, clock, logger, status } = set({ a: a.sink }, { queueSize: 10 });
  delivery.accept(sampleAlert(0));
  await waitUntil(() => clock.waits.length === 1, 'the first failure');
  for (let n = 1; n < 30; n++) delivery.accept(sampleAlert(n));
  assert.deepEqual({ pending: status('a').pending, dropped: status('a').dropped }, { pending: 10, dropped: 20 });
  open = true;
  clock.advance(500);
  await waitUntil(() => status('a').pending === 0, 'recovery');
  assert.deepEqual(a.attempts.slice(1).flat(), [0, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  assert.deepEqual(
    logger.lines.map(({ level, text }) => [level, text]),
    [
      ['warn', 'sink fails; its alerts wait and are sent again'],
      ['error', 'queue is full; the oldest alerts are being dropped'],
      ['info', 'sink takes alerts again'],
      ['warn', 'queue is empty again after alerts were dropped'],
    ],
  );
});

test('an alert that is refused for good is given up by name; the next ones arrive', async () => {
  const a = scripted(([n]) => (n === 1 ? refusal : 'taken'));
  const { delivery, logger, status } = set({ a: a.sink });
  for (let n = 0; n < 3; n++) delivery.accept(sampleAlert(n));
  await waitUntil(() => status('a').pending === 0, 'the end');
  assert.deepEqual({ dead: status('a').dead, delivered: status('a').delivered }, { dead: 1, delivered: 2 });
  assert.deepEqual(
    logger.lines.filter(({ level }) => level === 'error').map(({ context }) => context),
    [{ sink: 'a', alert: sampleAlert(1).id, reason: 'not for me' }],
  );
});

test('a refused batch is sent alert by alert, so that only the culprit is given up', async () => {
  const a = scripted((batch) => (batch.includes(2) ? refusal : 'taken'));
  const { delivery, status } = set({ a: a.sink }, { batchSize: 4 });
  for (let n = 0; n < 6; n++) delivery.accept(sampleAlert(n));
  await waitUntil(() => status('a').pending === 0, 'the end');
  assert.deepEqual(a.attempts, [[0, 1, 2, 3], [0], [1], [2], [3], [4, 5]]);
  assert.deepEqual({ dead: status('a').dead, delivered: status('a').delivered }, { dead: 1, delivered: 5 });
});

test('after maxAttempts an alert is given up and the next one has its turn', async () => {
  const a = scripted(([n]) => (n === 0 ? again : 'taken'));
  const { delivery, clock, status } = set({ a: a.sink }, { maxAttempts: 3 });
  for (let n = 0; n < 2; n++) delivery.accept(sampleAlert(n));
  for (const waitMs of [500, 1_000]) {
    await waitUntil(() => clock.waits[0] === waitMs, `a wait of ${waitMs} ms`);
    clock.advance(waitMs);
  }
  await waitUntil(() => status('a').delivered === 1, 'the second alert');
  assert.deepEqual(a.attempts, [[0], [0], [0], [1]]);
  assert.deepEqual({ dead: status('a').dead, retries: status('a').retries }, { dead: 1, retries: 2 });
});

test('an attempt is called off at its time-out, and a second one waits until the first has ended', async () => {
  let answer: (answer: Answer) => void = () => assert.fail('not sent yet');
  const a = scripted(
    () =>
      new Promise<Answer>((resolve) => {
        answer = resolve;
      }),
  );
  const { delivery, clock, logger, status } = set({ a: a.sink });
  for (let n = 0; n < 2; n++) delivery.accept(sampleAlert(n));
  await waitUntil(() => a.attempts.length === 1, 'the first attempt');
  clock.advance(5_000);
  await waitUntil(() => a.aborts.length === 1, 'the abort');
  assert.deepEqual(a.aborts, ['not taken within 5000 ms']);
  assert.equal(status('a').lastError, 'not taken within 5000 ms');
  clock.advance(60_000);
  await turn();
  assert.deepEqual(a.attempts, [[0]], 'it has not ended');

  answer('taken');
  await waitUntil(() => a.attempts.length === 2, 'the next alert');
  assert.deepEqual(a.attempts, [[0], [1]], 'what arrived late is not sent again');
  assert.deepEqual(
    logger.lines.map(({ level }) => level),
    ['warn', 'info'],
  );
});

test('a bug in one sink costs it that alert, and the other sink nothing', async () => {
  const thrower: Sink = {
    send: () => {
      throw new TypeError('a bug');
    },
    close: () => Promise.reject(new Error('another')),
  };
  const other = scripted(() => 'taken');
  const { delivery, logger, status } = set({ thrower, other: other.sink });
  delivery.accept(sampleAlert(0));
  await waitUntil(() => status('other').delivered === 1 && status('thrower').dead === 1, 'both');
  assert.match(String(logger.lines.find(({ text }) => text === 'bug in a sink')?.context['stack']), /TypeError: a bug/);
  assert.deepEqual(await delivery.close(0), { undelivered: 0 });
  assert.equal(other.closes, 1);
});

test('close sends what waits, without waiting out a back-off', async () => {
  let open = false;
  const a = scripted(() => (open ? 'taken' : again));
  const { delivery, clock } = set({ a: a.sink });
  for (let n = 0; n < 5; n++) delivery.accept(sampleAlert(n));
  await waitUntil(() => clock.waits.length === 1, 'the back-off');
  open = true;
  assert.deepEqual(await delivery.close(60_000), { undelivered: 0 });
  assert.deepEqual(a.attempts, [[0], [0], [1], [2], [3], [4]]);
  assert.equal(a.closes, 1);
});

test('close ends at its time, also when a sink never does, and says how much is left', async () => {
  const [hanging, other] = [scripted(() => 'never'), scripted(() => 'taken')];
  const { delivery, clock, logger } = set({ hanging: hanging.sink, other: other.sink });
  for (let n = 0; n < 7; n++) delivery.accept(sampleAlert(n));
  const closing = delivery.close(2_000);
  await waitUntil(() => clock.waits.includes(2_000) && other.attempts.length === 7, 'the drain');
  clock.advance(2_000);
  await waitUntil(() => clock.waits.includes(1_000), 'the grace');
  assert.deepEqual(hanging.aborts, ['the agent stops']);
  clock.advance(1_000);
  assert.deepEqual(await closing, { undelivered: 7 });
  assert.deepEqual(logger.lines.at(-1), {
    level: 'error',
    context: { undelivered: 7, sinks: { hanging: 7 } },
    text: 'alerts were not delivered before the agent stopped',
  });
  assert.equal(hanging.closes, 1);
  assert.equal(await delivery.close(2_000), await closing);
  assert.equal(hanging.closes, 1, 'closed once');
});

test('an attempt that close calls off is not tried again', async () => {
  const attempts: number[] = [];
  const a: Sink = {
    send: (batch, signal) => {
      attempts.push(batch.length);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(again));
      });
    },
    close: async () => undefined,
  };
  const { delivery, clock, logger, status } = set({ a });
  delivery.accept(sampleAlert(0));
  await waitUntil(() => attempts.length === 1, 'the attempt');
  const closing = delivery.close(3_000);
  await waitUntil(() => clock.waits.includes(3_000), 'the drain');
  clock.advance(3_000);
  assert.deepEqual(await closing, { undelivered: 1 });
  assert.equal(attempts.length, 1);
  assert.equal(status('a').retries, 0);
  assert.deepEqual(
    logger.lines.map(({ level }) => level),
    ['error'],
    'stopping is no outage',
  );
});

test('a sink that is always quick leaves the event loop its turns', async () => {
  const a = scripted(() => 'taken');
  const { delivery, status } = set({ a: a.sink }, { queueSize: 1_000 });
  for (let n = 0; n < 1_000; n++) delivery.accept(sampleAlert(n));
  for (let turns = 0; turns < 5; turns++) await turn();
  assert.ok(status('a').pending > 900, `${status('a').pending} left after 5 turns`);
  await waitUntil(() => status('a').pending === 0, 'the end');
});
