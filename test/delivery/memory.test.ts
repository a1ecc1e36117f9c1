import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDelivery } from '../../src/delivery/deliver.ts';
import { systemClock } from '../../src/host/clock.ts';
import { createCounters } from '../../src/host/counters.ts';
import { DeliveryError } from '../../src/model/errors.ts';
import { sampleAlert } from '../support/alerts.ts';
import { heapAfterCollection } from '../support/heap.ts';
import { createKeptLogger } from '../support/kept-logger.ts';

const sinks = {
  hangs: () => new Promise<void>(() => undefined),
  refuses: () => Promise.reject(new DeliveryError('down', { retryable: true })),
};

for (const [what, send] of Object.entries(sinks)) {
  test(`100,000 alerts for a sink that ${what} take no more memory than its queue`, async () => {
    const [queueSize, alerts] = [1_000, 100_000];
    const logger = createKeptLogger();
    const config = { name: what, queueSize, timeoutMs: 1_000, batchSize: 10, maxAttempts: 0 };
    const delivery = createDelivery({
      sinks: [{ config, sink: { send, close: async () => undefined } }],
      clock: systemClock,
      logger,
      counters: createCounters(),
    });
    const beforeBytes = heapAfterCollection();
    for (let n = 0; n < alerts; n++) {
      delivery.accept(sampleAlert(n, { CommandLine: 'x'.repeat(100) + n }));
      if (n % 10_000 === 0) await delay(1);
    }
    const [status] = delivery.status();
    assert.deepEqual(
      { pending: status?.pending, dropped: status?.dropped },
      { pending: queueSize, dropped: alerts - queueSize },
    );
    assert.equal(logger.lines.filter(({ level }) => level === 'error').length, 1, 'said once');

    const grownBytes = heapAfterCollection() - beforeBytes;

    assert.ok(grownBytes < 10_000 * queueSize, `${grownBytes} bytes more after ${alerts} alerts`);
    assert.deepEqual(await delivery.close(0), { undelivered: queueSize });
  });
}
