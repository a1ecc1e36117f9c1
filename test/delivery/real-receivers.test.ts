/** Delivery with the sinks that the agent has, against receivers that misbehave. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createDelivery } from '../../src/delivery/deliver.ts';
import { systemClock } from '../../src/host/clock.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { SinkConfig } from '../../src/model/config.ts';
import { createSink } from '../../src/sinks/registry.ts';
import { sampleAlert, sampleAlerts } from '../support/alerts.ts';
import { createKeptLogger } from '../support/kept-logger.ts';
import { startTcpSyslogReceiver, startWebhookReceiver, type WebhookMode } from '../support/receivers.ts';
import { sinkConfig, sinkDeps } from '../support/sinks.ts';
import { waitUntil } from '../support/wait.ts';

const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const bounded = { timeout: 60_000 };

function deliverTo(configs: readonly SinkConfig[]) {
  const logger = createKeptLogger();
  const delivery = createDelivery({
    sinks: configs.map((config) => ({ config, sink: createSink(config, sinkDeps()) })),
    clock: systemClock,
    logger,
    counters: createCounters(),
    // Short waits: 10 ms at first.
    random: () => 0.02,
  });
  cleanups.push(() => delivery.close(0));
  const status = (name: string) => delivery.status().find((sink) => sink.name === name);
  return { delivery, logger, status };
}

const idsOf = (alerts: readonly unknown[]) => alerts.map((alert) => (alert as Alert).id);

test('a webhook that hangs delays neither a file nor another webhook', bounded, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'delivery-'));
  const path = join(folder, 'alerts.jsonl');
  const [hanging, taking] = [await startWebhookReceiver({ mode: 'hang' }), await startWebhookReceiver()];
  cleanups.push(() => rm(folder, { recursive: true }), hanging.close, taking.close);
  const { delivery, status } = deliverTo([
    sinkConfig.webhook(hanging.url, { name: 'hanging', queueSize: 30 }),
    sinkConfig.webhook(taking.url, { name: 'taking' }),
    { ...sinkConfig.file(path), name: 'file' },
  ]);
  for (const alert of sampleAlerts(0, 50)) delivery.accept(alert);
  await taking.waitForTaken(50);
  await waitUntil(() => status('file')?.delivered === 50, 'the file');
  const all = idsOf(sampleAlerts(0, 50));
  assert.deepEqual(idsOf(taking.taken()), all);
  assert.deepEqual(
    idsOf(
      (await readFile(path, 'utf8'))
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ),
    all,
  );
  const { pending, dropped, delivered } = status('hanging') ?? assert.fail();
  assert.deepEqual({ pending, dropped, delivered }, { pending: 30, dropped: 20, delivered: 0 });
});

const trouble: readonly WebhookMode[] = [
  { status: 500 },
  { status: 503 },
  { status: 429, headers: { 'retry-after': '0' } },
  'reset',
  'answer-lost',
  'hang',
];

for (const mode of trouble) {
  test(`after ${JSON.stringify(mode)} every alert arrives, in order and under its own id`, bounded, async () => {
    const receiver = await startWebhookReceiver({ mode });
    cleanups.push(receiver.close);
    const { delivery, logger, status } = deliverTo([sinkConfig.webhook(receiver.url, { name: 'soc', timeoutMs: 300 })]);
    for (const alert of sampleAlerts(0, 10)) delivery.accept(alert);
    await waitUntil(() => (status('soc')?.retries ?? 0) >= 2, 'retries');
    assert.notEqual(status('soc')?.lastError, null);
    const [first, ...repeats] = receiver.requests.map(({ headers }) => headers['webhook-id']);
    for (const repeat of repeats) assert.equal(repeat, first, 'the first alert again, and no other before it');

    receiver.mode = 'ok';
    await waitUntil(() => status('soc')?.delivered === 10, 'recovery');
    assert.deepEqual([...new Set(idsOf(receiver.taken()))], idsOf(sampleAlerts(0, 10)));
    for (const { headers, body } of receiver.requests) assert.equal(headers['webhook-id'], JSON.parse(body).id);
    const { pending, dead, dropped, lastError } = status('soc') ?? assert.fail();
    assert.deepEqual({ pending, dead, dropped, lastError }, { pending: 0, dead: 0, dropped: 0, lastError: null });
    assert.deepEqual(
      logger.lines.map(({ level }) => level),
      ['warn', 'info'],
    );
  });
}

test('a webhook that takes batches gets a refused one alert by alert', bounded, async () => {
  const receiver = await startWebhookReceiver({ mode: { status: 413 } });
  cleanups.push(receiver.close);
  const { delivery, status } = deliverTo([sinkConfig.webhook(receiver.url, { name: 'soc', batchSize: 3 })]);
  for (const alert of sampleAlerts(0, 3)) delivery.accept(alert);
  await waitUntil(() => status('soc')?.dead === 3, 'the refusals');
  assert.deepEqual(
    receiver.requests.map(({ body }) => JSON.parse(body).length),
    [3, 1, 1, 1],
  );
});

test('a TCP syslog receiver that restarts in mid-stream gets all that is sent after it is back', bounded, async () => {
  const first = await startTcpSyslogReceiver();
  const { delivery, status } = deliverTo([{ ...sinkConfig.syslog('tcp', first.port), name: 'syslog' }]);
  for (const alert of sampleAlerts(0, 20)) delivery.accept(alert);
  await first.waitForMessages(20);
  await first.close();
  for (const alert of sampleAlerts(20, 40)) delivery.accept(alert);
  await waitUntil(() => (status('syslog')?.retries ?? 0) >= 2, 'retries');
  assert.equal(status('syslog')?.pending, 20);
  const second = await startTcpSyslogReceiver({ port: first.port });
  cleanups.push(second.close);
  for (const alert of sampleAlerts(40, 60)) delivery.accept(alert);
  const messages = await second.waitForMessages(40);
  assert.deepEqual(
    messages.map((message) => /alertId="([^"]*)"/.exec(message.toString())?.[1]),
    idsOf(sampleAlerts(20, 60)),
  );
});

test('close gives a receiver that is back what is left, and counts what another never took', bounded, async () => {
  const [back, hanging] = [
    await startWebhookReceiver({ mode: { status: 503 } }),
    await startWebhookReceiver({ mode: 'hang' }),
  ];
  cleanups.push(back.close, hanging.close);
  const { delivery, status } = deliverTo([
    sinkConfig.webhook(back.url, { name: 'back' }),
    sinkConfig.webhook(hanging.url, { name: 'hanging' }),
  ]);
  for (const alert of sampleAlerts(0, 5)) delivery.accept(alert);
  await waitUntil(() => (status('back')?.retries ?? 0) >= 1, 'a retry');
  back.mode = 'ok';
  assert.deepEqual(await delivery.close(1_000), { undelivered: 5 });
  assert.deepEqual(idsOf(back.taken()), idsOf(sampleAlerts(0, 5)));
  assert.deepEqual([status('back')?.pending, status('hanging')?.pending], [0, 5]);
  delivery.accept(sampleAlert(99));
  assert.equal(status('back')?.pending, 1, 'what comes after is still seen');
});
