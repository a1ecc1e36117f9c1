import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import type { WebhookSinkConfig } from '../../src/model/config.ts';
import { DeliveryError } from '../../src/model/errors.ts';
import { createWebhookSink } from '../../src/sinks/webhook.ts';
import { sampleAlert, sampleAlerts } from '../support/alerts.ts';
import { createHeldClock } from '../support/held-clock.ts';
import { freePort, startWebhookReceiver, type WebhookMode } from '../support/receivers.ts';
import { sinkConfig, sinkDeps } from '../support/sinks.ts';
import { waitUntil } from '../support/wait.ts';

const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const never = new AbortController().signal;
const nowMs = 1_795_489_893_399;

async function setUp(options: { mode?: WebhookMode; config?: Partial<WebhookSinkConfig> } = {}) {
  const receiver = await startWebhookReceiver(options.mode ? { mode: options.mode } : {});
  const config = sinkConfig.webhook(receiver.url, options.config);
  const sink = createWebhookSink(config, sinkDeps({ clock: createHeldClock(nowMs), agentVersion: '1.2.3' }));
  cleanups.push(receiver.close, sink.close);
  return { receiver, sink };
}

async function failure(sending: Promise<void>): Promise<DeliveryError> {
  const [outcome] = await Promise.allSettled([sending]);
  assert.ok(outcome.status === 'rejected' && outcome.reason instanceof DeliveryError, inspect(outcome));
  return outcome.reason;
}

test('one alert is the body of a POST, with the headers of Standard Webhooks', async () => {
  const { receiver, sink } = await setUp({ config: { headers: { 'X-Team': 'soc', 'WEBHOOK-ID': 'mine' } } });
  await sink.send([sampleAlert(3)], never);
  const [request] = receiver.requests;
  assert.equal(request?.method, 'POST');
  assert.equal(request.path, '/hook');
  assert.deepEqual(JSON.parse(request.body), sampleAlert(3));
  const { headers } = request;
  assert.deepEqual(
    ['content-type', 'user-agent', 'webhook-id', 'webhook-timestamp', 'x-team'].map((name) => headers[name]),
    ['application/json', 'sigmond/1.2.3', sampleAlert(3).id, '1795489893', 'soc'],
  );
});

test('a sink with batches posts an array, also of one, under an id that a repeat has again', async () => {
  const { receiver, sink } = await setUp({ config: { batchSize: 5 } });
  await sink.send(sampleAlerts(0, 3), never);
  await sink.send(sampleAlerts(0, 3), never);
  await sink.send(sampleAlerts(1, 4), never);
  await sink.send(sampleAlerts(1, 2), never);
  const [first, again, other, one] = receiver.requests;
  assert.deepEqual(JSON.parse(String(first?.body)), sampleAlerts(0, 3));
  assert.deepEqual(JSON.parse(String(one?.body)), sampleAlerts(1, 2));
  assert.equal(first?.headers['webhook-id'], again?.headers['webhook-id']);
  assert.notEqual(first?.headers['webhook-id'], other?.headers['webhook-id']);
  assert.equal(one?.headers['webhook-id'], sampleAlert(1).id);
});

for (const status of [200, 201, 202, 204, 299]) {
  test(`${status} means taken`, async () => {
    const { sink } = await setUp({ mode: { status } });
    await sink.send([sampleAlert(0)], never);
  });
}

for (const [status, retryable] of [
  [301, false],
  [302, false],
  [307, false],
  [400, false],
  [401, false],
  [404, false],
  [408, true],
  [410, false],
  [413, false],
  [425, true],
  [429, true],
  [500, true],
  [502, true],
  [503, true],
  [504, true],
] as const) {
  test(`${status} is ${retryable ? 'tried again' : 'final'}`, async () => {
    const { receiver, sink } = await setUp({ mode: { status, headers: { location: '/elsewhere' } } });
    const error = await failure(sink.send([sampleAlert(0)], never));
    assert.equal(error.retryable, retryable);
    assert.equal(error.message, `http://127.0.0.1:${receiver.port} answered ${status}`);
    assert.equal(receiver.requests.length, 1, 'a redirect is not followed');
  });
}

for (const [header, waitMs] of [
  ['7', 7_000],
  ['0', 0],
  [new Date(nowMs + 60_601).toUTCString(), 60_601 - ((nowMs + 60_601) % 1_000)],
  [new Date(nowMs - 60_000).toUTCString(), 0],
  ['soon', undefined],
  ['-3', undefined],
] as const) {
  test(`Retry-After: ${header} asks for ${waitMs} ms`, async () => {
    const { sink } = await setUp({ mode: { status: 429, headers: { 'retry-after': header } } });
    assert.equal((await failure(sink.send([sampleAlert(0)], never))).retryAfterMs, waitMs);
  });
}

test('a reset, a lost answer and a port that nobody listens at are tried again', async () => {
  for (const mode of ['reset', 'answer-lost'] as const) {
    const { sink } = await setUp({ mode });
    assert.equal((await failure(sink.send([sampleAlert(0)], never))).retryable, true, mode);
  }
  const nobody = createWebhookSink(sinkConfig.webhook(`http://127.0.0.1:${await freePort()}/`), sinkDeps());
  cleanups.push(nobody.close);
  const error = await failure(nobody.send([sampleAlert(0)], never));
  assert.equal(error.retryable, true);
  assert.match(error.message, /ECONNREFUSED/);
});

test('an answer that is no HTTP is tried again', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('SSH-2.0-OpenSSH_9.2\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  const sink = createWebhookSink(sinkConfig.webhook(`http://127.0.0.1:${address.port}/`), sinkDeps());
  cleanups.push(async () => void server.close(), sink.close);
  assert.equal((await failure(sink.send([sampleAlert(0)], never))).retryable, true);
});

test('a 2xx whose body never ends is taken, and the next alert is sent all the same', { timeout: 20_000 }, async () => {
  const { receiver, sink } = await setUp({ mode: 'slow-body' });
  await sink.send([sampleAlert(0)], never);
  receiver.mode = 'ok';
  await sink.send([sampleAlert(1)], never);
  assert.equal(receiver.requests.length, 2);
});

test('an endless body is not read to its end', { timeout: 20_000 }, async () => {
  let written = 0;
  const { createServer: createHttpServer } = await import('node:http');
  const server = createHttpServer((request, response) => {
    request.resume();
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
    };
    response.on('drain', more).writeHead(200);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  const sink = createWebhookSink(sinkConfig.webhook(`http://127.0.0.1:${address.port}/`), sinkDeps());
  cleanups.push(
    async () => server.closeAllConnections(),
    async () => void server.close(),
    sink.close,
  );
  let ended = false;
  server.on('connection', (socket) => socket.on('close', () => (ended = true)));
  await sink.send([sampleAlert(0)], never);
  await waitUntil(() => ended, 'the connection to be given up');
  assert.ok(written < 50_000_000, `${written} bytes were written before it was`);
});

test('after an attempt that was called off the next one arrives', { timeout: 20_000 }, async () => {
  const { receiver, sink } = await setUp({ mode: 'hang' });
  const call = new AbortController();
  const sending = failure(sink.send([sampleAlert(0)], call.signal));
  await waitUntil(() => receiver.requests.length === 1, 'the request');
  call.abort(new DeliveryError('too late', { retryable: true }));
  assert.equal((await sending).message, 'too late');
  receiver.mode = 'ok';
  await sink.send([sampleAlert(0)], never);
  assert.deepEqual(
    receiver.requests.map(({ headers }) => headers['webhook-id']),
    [sampleAlert(0).id, sampleAlert(0).id],
  );
});

test('user info becomes Basic authorization, and no secret is in an error', async () => {
  const receiver = await startWebhookReceiver({ mode: { status: 403 } });
  const url = `http://soc:p%40ss%ZZ@127.0.0.1:${receiver.port}/services/T0SECRET?token=QSECRET`;
  const config = sinkConfig.webhook(url, { headers: { 'x-api-key': 'HSECRET' } });
  const sink = createWebhookSink(config, sinkDeps());
  cleanups.push(receiver.close, sink.close);
  const errors = [await failure(sink.send([sampleAlert(0)], never))];
  for (const mode of ['reset', 'answer-lost'] as const) {
    receiver.mode = mode;
    errors.push(await failure(sink.send([sampleAlert(0)], never)));
  }
  const basic = Buffer.from('soc:p@ss%ZZ').toString('base64');
  assert.equal(receiver.requests[0]?.headers.authorization, `Basic ${basic}`);
  assert.equal(receiver.requests[0]?.path, '/services/T0SECRET?token=QSECRET');
  assert.doesNotMatch(inspect(errors, { depth: 10 }), new RegExp(`SECRET|p@ss|p%40ss|${basic}`));
});

test('a header that HTTP does not allow is final, and its value is not in the error', async () => {
  const { sink } = await setUp({ config: { headers: { 'x-api-key': 'HSECRET\r\nx-evil: 1' } } });
  const error = await failure(sink.send([sampleAlert(0)], never));
  assert.equal(error.retryable, false);
  assert.doesNotMatch(inspect(error, { depth: 10 }), /HSECRET/);
});
