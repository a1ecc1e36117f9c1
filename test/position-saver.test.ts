import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDelivery } from '../src/delivery/deliver.ts';
import { systemClock } from '../src/host/clock.ts';
import { createCounters } from '../src/host/counters.ts';
import { silentLogger } from '../src/host/logger.ts';
import type { Sink } from '../src/model/stages.ts';
import { createPositionSaver } from '../src/position-saver.ts';
import { sampleAlert } from './support/alerts.ts';
import { sinkConfig } from './support/sinks.ts';
import { waitUntil } from './support/wait.ts';

/** A source and an assembler at places that the test sets, and a delivery whose one sink takes alerts when told to. */
function createParts() {
  const saves: (readonly [number, ...string[]])[] = [];
  const place = { position: 0, oldest: undefined as number | undefined, done: [] as string[], isOpen: true };
  let take: (() => void) | undefined;
  const sink: Sink = {
    send: () =>
      new Promise((resolve) => {
        take = resolve;
      }),
    close: async () => undefined,
  };
  const delivery = createDelivery({
    sinks: [{ config: sinkConfig.file('unused'), sink }],
    clock: systemClock,
    logger: silentLogger,
    counters: createCounters(),
  });
  const saver = createPositionSaver(
    {
      path: '/var/log/audit/audit.log',
      get position() {
        return place.position;
      },
      save: async (position, done) => {
        if (place.isOpen) saves.push([position, ...done]);
        return place.isOpen;
      },
    },
    { oldestPosition: () => place.oldest, doneSince: () => place.done },
    delivery,
    silentLogger,
  );
  const tick = async (times = 2): Promise<void> => {
    for (let n = 0; n < times; n++) {
      await saver.note();
      await saver.save();
    }
  };
  return {
    saves,
    place,
    delivery,
    saver,
    tick,
    status: () => delivery.status()[0],
    async take() {
      await waitUntil(() => take !== undefined, 'an attempt');
      take?.();
    },
  };
}

test('the position waits for the alerts that were raised before it', async () => {
  const { saves, place, delivery, tick, take, status } = createParts();
  await tick();
  place.position = 100;
  delivery.accept(sampleAlert(1));
  await tick(5);
  assert.deepEqual(saves, [[0]]);
  await take();
  await waitUntil(() => status()?.delivered === 1, 'the delivery');
  await tick();
  assert.deepEqual(saves, [[0], [100]]);
  await delivery.close(0);
});

test('an open event holds the position, and what is done behind it is saved with it', async () => {
  const { saves, place, delivery, tick } = createParts();
  Object.assign(place, { position: 100, oldest: 40 });
  await tick();
  place.done = ['1.000:7'];
  await tick(4);
  Object.assign(place, { oldest: undefined, done: [] });
  await tick(4);
  assert.deepEqual(saves, [[40], [40, '1.000:7'], [100]]);
  await delivery.close(0);
});

test('a position that could not be saved yet is saved later', async () => {
  const { saves, place, delivery, tick } = createParts();
  place.isOpen = false;
  await tick(3);
  place.isOpen = true;
  await tick(1);
  assert.deepEqual(saves, [[0]]);
  await delivery.close(0);
});

test('what is noted may be saved, not what has come since', async () => {
  const { saves, place, delivery, saver } = createParts();
  await saver.note();
  place.position = 100;
  await saver.save();
  assert.deepEqual(saves, [[0]]);
  await saver.save();
  assert.deepEqual(saves, [[0]]);
  await delivery.close(0);
});

test('a place may be saved once what was read before it has been judged, though more comes all the time', async () => {
  const { saves, place, delivery, saver, take, status } = createParts();
  let judge: () => void = () => undefined;
  const noted = saver.note(
    new Promise((resolve) => {
      judge = resolve;
    }),
  );
  place.position = 100;
  await saver.save();
  assert.deepEqual(saves, []);
  delivery.accept(sampleAlert(1));
  judge();
  await noted;
  await saver.save();
  assert.deepEqual(saves, [], 'an alert that was raised late is waited for too');
  await take();
  await waitUntil(() => status()?.delivered === 1, 'the delivery');
  await saver.save();
  assert.deepEqual(saves, [[0]]);
  await delivery.close(0);
});
