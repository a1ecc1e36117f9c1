import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCounters } from '../src/host/counters.ts';
import { createProcessGuid } from '../src/process/guid.ts';
import { createProcessTable } from '../src/process/table.ts';
import { createProcessSaver } from '../src/process-saver.ts';
import { createHeldClock } from './support/held-clock.ts';
import { createKeptLogger } from './support/kept-logger.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigmond-process-saver-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function createHost(
  options: {
    readonly path?: string;
    readonly bootId?: string;
    readonly clock?: ReturnType<typeof createHeldClock>;
  } = {},
) {
  const { path = join(folder, `table${files++}`), bootId = 'boot', clock = createHeldClock() } = options;
  const counters = createCounters();
  const table = createProcessTable(40_000, createProcessGuid('host'));
  const logger = createKeptLogger();
  const saver = createProcessSaver(path, table, { bootId, clock, logger, counters });
  const add = (pid: number, commandLine = 'sleep 60'): void => {
    table.add({
      ...{ pid, startedMs: clock.nowMs(), startTicks: pid, ppid: 1, parent: undefined, stackStart: 's', reports: 1 },
      session: '3',
      image: { source: 'audit', atMs: clock.nowMs(), image: '/bin/sleep', commandLine, user: 'root' },
    });
  };
  return { path, clock, table, saver, add, lines: logger.lines, count: () => counters.read() };
}

async function saved(): Promise<ReturnType<typeof createHost>> {
  const host = createHost();
  host.add(7);
  await host.saver.save('now');
  return host;
}

test('what was saved is known after a restart', async () => {
  const { path, clock, table } = await saved();
  const next = createHost({ path, clock });
  await next.saver.restore();
  const [before, now] = [table, next.table].map((one) => one.find(7, clock.nowMs()));
  assert.ok(before && now);
  assert.deepEqual([now.guid, now.images, now.session], [before.guid, before.images, before.session]);
});

test('not after another boot, and not when it is older than ten minutes or from the future', async () => {
  const { path, clock } = await saved();
  const restored = async (options: Parameters<typeof createHost>[0]): Promise<number> => {
    const next = createHost({ path, ...options });
    await next.saver.restore();
    assert.deepEqual(next.lines, []);
    return next.table.size;
  };
  assert.equal(await restored({ clock }), 1);
  assert.equal(await restored({ clock, bootId: 'other' }), 0);
  clock.advance(10 * 60_000);
  assert.equal(await restored({ clock }), 1);
  clock.advance(1);
  assert.equal(await restored({ clock }), 0);
  assert.equal(await restored({ clock: createHeldClock(0) }), 0);
});

test('without a file it starts empty, and a damaged one is counted and named', async () => {
  const host = createHost();
  await host.saver.restore();
  assert.deepEqual(host.lines, []);
  for (const text of ['', 'x', '{"version":1}', await damagedText()]) {
    const next = createHost();
    writeFileSync(next.path, text);
    await next.saver.restore();
    assert.equal(next.table.size, 0);
  }
  const { count, path, saver, lines } = createHost();
  writeFileSync(path, await damagedText());
  await saver.restore();
  assert.equal(count()['process_state_damaged_total'], 1);
  assert.equal(lines.length, 1);
});

async function damagedText(): Promise<string> {
  return readFileSync((await saved()).path, 'utf8').slice(0, -10);
}

test('it is saved every 30 s where something has changed', async () => {
  const { path, saver, clock, add } = createHost();
  const at = async (ms: number): Promise<boolean> => {
    rmSync(path, { force: true });
    clock.advance(ms);
    await saver.save();
    // What was begun is done before this.
    await saver.save('now');
    return existsSync(path);
  };
  assert.equal(await at(60_000), false);
  add(7);
  assert.equal(await at(0), true);
  assert.equal(await at(60_000), false);
  add(8);
  await saver.save('now');
  rmSync(path);
  add(9);
  await saver.save();
  assert.equal(existsSync(path), false);
});

test('a large table is cut at 8 MiB, which is counted, and holds nobody up', { timeout: 60_000 }, async () => {
  const { path, clock, saver, add, count } = createHost();
  for (let pid = 1; pid <= 32_768; pid++) add(pid, 'x'.repeat(1000));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await saver.save('now');
  clearInterval(timer);
  assert.ok(turns > 10, `${turns} turns`);
  const { size } = statSync(path);
  assert.ok(size <= 8 * 1024 * 1024 + 100 && size > 7 * 1024 * 1024, `${size} bytes`);
  const next = createHost({ path, clock });
  await next.saver.restore();
  assert.equal(next.table.size + (count()['process_state_left_out_total'] ?? 0), 32_768);
  assert.ok(next.table.find(32_768, clock.nowMs()), 'what was used last is there');
});

test('where it cannot be saved that is said once, and once when it can again', async () => {
  const path = join(folder, 'missing', 'table');
  const { saver, add, lines } = createHost({ path });
  for (const pid of [1, 2]) {
    add(pid);
    await saver.save('now');
  }
  assert.equal(lines.length, 1);
  mkdirSync(join(folder, 'missing'));
  await saver.save('now');
  assert.equal(lines.length, 2);
});
