import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createCounters } from '../../src/host/counters.ts';
import { type AuditSocketOptions, createAuditSocket } from '../../src/sources/audit-socket.ts';
import { line } from '../support/audit-lines.ts';
import { createHeldClock } from '../support/held-clock.ts';
import { createKeptLogger } from '../support/kept-logger.ts';
import { waitUntil } from '../support/wait.ts';

let folder: string;
let path: string;
let servers: Plugin[];
let stopping: AbortController;
let running: Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-socket-'));
  path = join(folder, 'events');
  servers = [];
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await running;
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true });
});

interface Plugin {
  readonly clients: readonly Socket[];
  send(text: string): void;
  close(): Promise<void>;
}

/** A socket as audisp-af_unix has it: one reader is served, others are sent away. */
async function listen(at = path, isServing: () => boolean = () => true): Promise<Plugin> {
  const clients: Socket[] = [];
  const server: Server = createServer((client) => {
    client.on('error', () => undefined);
    if (isServing()) clients.push(client);
    else client.destroy();
  });
  await new Promise<void>((resolve) => server.listen(at, resolve));
  const plugin: Plugin = {
    clients,
    send: (text) => clients.at(-1)?.write(Buffer.from(text, 'latin1')),
    async close() {
      for (const client of clients) client.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  servers.push(plugin);
  return plugin;
}

function start(more: Partial<AuditSocketOptions> = {}) {
  const clock = createHeldClock();
  const logger = createKeptLogger();
  const counters = createCounters();
  const lines: string[] = [];
  const socket = createAuditSocket({
    paths: [path],
    isOnlySource: false,
    hasWaitingClient: async () => false,
    clock,
    logger,
    counters,
    ...more,
  });
  running = socket.run((text) => lines.push(text), stopping.signal);
  const log = () =>
    logger.lines.map(({ level, text, context }) => `${level} ${text}: ${context['reason'] ?? context['path']}`);
  /** Lets the time pass until it tries again, and tells how long that was. */
  async function retry(): Promise<number> {
    const pauses = () => clock.waits.filter((ms) => ms !== 3000);
    await waitUntil(() => pauses().length > 0, 'a pause');
    const [ms = 0] = pauses();
    clock.advance(ms);
    return ms;
  }
  return { socket, clock, counters, lines, log, retry };
}

const records = [line(1, 'SYSCALL', 'a=1'), line(1, 'EOE', '')];

test('records come as they are written', async () => {
  const plugin = await listen();
  const { socket, lines, log } = start();
  await waitUntil(() => plugin.clients.length === 1, 'the connection');
  assert.equal(socket.status().state, 'waiting');
  plugin.send(`${records[0]}\n${records[1]?.slice(0, 9)}`);
  await waitUntil(() => lines.length === 1, 'the first record');
  plugin.send(`${records[1]?.slice(9)}\n`);
  await waitUntil(() => lines.length === 2, 'the second record');
  assert.deepEqual(lines, records);
  assert.equal(socket.status().state, 'reading');
  assert.deepEqual(log(), [`info auditd's socket is read: ${path}`]);
});

test('of two places the one that answers is read', async () => {
  const plugin = await listen();
  const { lines } = start({ paths: [join(folder, 'other'), path] });
  await waitUntil(() => plugin.clients.length === 1, 'the connection');
  plugin.send(`${records[0]}\n`);
  await waitUntil(() => lines.length === 1, 'the record');
});

test('it waits for a socket that is not there, less and less often, and says so once', async () => {
  const { log, retry, lines } = start();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 9; attempt++) waits.push(await retry());
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  assert.equal(log().length, 1);
  assert.match(log()[0] ?? '', /^warn .*no af_unix plugin of auditd listens at .*events$/);
  const plugin = await listen();
  await retry();
  await waitUntil(() => plugin.clients.length === 1, 'the connection');
  plugin.send(`${records[0]}\n`);
  await waitUntil(() => lines.length === 1, 'the record');
});

for (const isOnlySource of [false, true]) {
  test(`auditd restarts${isOnlySource ? ', and nothing else has the records' : ''}`, async () => {
    const first = await listen();
    const { socket, counters, lines, log, retry } = start({ isOnlySource });
    for (const [index, plugin] of [first, undefined, undefined].entries()) {
      const current = plugin ?? (await listen());
      if (!plugin) await retry();
      await waitUntil(() => current.clients.length === 1, 'the connection');
      current.send(`${records[0]}\n${records[1]?.slice(0, 20)}`);
      await waitUntil(() => lines.includes(records[0] ?? '') && socket.status().state === 'reading', 'the record');
      await current.close();
      await waitUntil(() => counters.read()['audit_socket_gaps_total'] === index + 1, 'the end');
      assert.equal(socket.status().state, 'waiting');
    }
    assert.equal(lines.filter((text) => text === records[0]).length, 3);
    const levels = log().map((text) => text.split(' ')[0]);
    const gap = isOnlySource ? 'error' : 'warn';
    assert.deepEqual(levels, ['info', gap, 'info', gap, 'info', gap]);
  });
}

test('a second reader is sent away, and says so once', async () => {
  let isServing = false;
  const plugin = await listen(path, () => isServing);
  const { clock, log, retry, lines, socket } = start();
  for (let attempt = 0; attempt < 3; attempt++) await retry();
  await waitUntil(() => clock.waits.includes(2000), 'the pause after the fourth attempt');
  isServing = true;
  await retry();
  await waitUntil(() => plugin.clients.length === 1, 'the connection');
  plugin.send(`${records[0]}\n`);
  await waitUntil(() => lines.length === 1, 'the record');
  assert.equal(socket.status().state, 'reading');
  assert.deepEqual(
    log().map((text) => text.split(': ')[1] ?? ''),
    ['the socket serves another reader, and it serves one only', path],
  );
});

test('a second reader that is left waiting says so too, and is served when the first one leaves', async () => {
  const plugin = await listen();
  const { clock, log, lines } = start({ hasWaitingClient: async (at) => at === path });
  await waitUntil(() => plugin.clients.length === 1, 'the connection');
  await waitUntil(() => clock.waits[0] === 3000, 'a look at what is silent');
  clock.advance(3000);
  await waitUntil(() => log().length === 1, 'the reason');
  assert.match(log()[0] ?? '', /serves another reader/);
  plugin.send(`${records[0]}\n`);
  await waitUntil(() => lines.length === 1, 'the record');
});

test('what may not be read is told', { skip: process.geteuid?.() === 0 && 'root may' }, async () => {
  await listen();
  chmodSync(path, 0o000);
  const { log } = start();
  await waitUntil(() => log().length === 1, 'the reason');
  assert.match(log()[0] ?? '', /may only be read by root/);
});

test('a burst is taken in without a pause of the reader', async () => {
  const plugin = await listen();
  const { lines } = start();
  await waitUntil(() => plugin.clients.length === 1, 'the connection');
  const burst = Array.from({ length: 20_000 }, (_, index) => `${line(index, 'PATH', 'x'.repeat(200))}\n`).join('');
  plugin.send(burst);
  await waitUntil(() => lines.length === 20_000, 'all lines');
  assert.equal(plugin.clients[0]?.writableLength, 0);
});

test('an end while it is connected is at once', async () => {
  const plugin = await listen();
  start();
  await waitUntil(() => plugin.clients.length === 1, 'the connection');
  stopping.abort();
  await running;
});
