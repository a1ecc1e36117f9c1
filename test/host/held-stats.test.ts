import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { createHeldStats } from '../../src/host/held-stats.ts';
import { createProcfs } from '../../src/host/procfs.ts';
import { waitUntil } from '../support/wait.ts';

const procfs = createProcfs('/proc', Date.now);

/** Processes whose stat this process holds open. */
function heldPids(): readonly number[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return Number(/^\/proc\/(\d+)\/stat$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []) || [];
    } catch {
      return [];
    }
  });
}

async function start(): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  assert.ok(child.pid !== undefined);
  return Object.assign(child, { pid: child.pid });
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a process that has lived from one scan to the next is held, and read as any other', async () => {
  const held = createHeldStats('/proc');
  const child = await start();
  const scan = (...pids: number[]) => {
    const stats = pids.map((pid) => held.stat(pid));
    held.endScan(new Set(pids));
    return stats;
  };
  try {
    scan(child.pid);
    assert.deepEqual(heldPids(), []);
    for (let n = 0; n < 3; n++) {
      assert.deepEqual(scan(child.pid), [procfs.stat(child.pid)]);
      assert.deepEqual(heldPids(), [child.pid]);
    }
    scan();
    assert.deepEqual(heldPids(), []);
    scan(child.pid);
    scan(child.pid);
    assert.deepEqual(heldPids(), [child.pid]);
    held.close();
    assert.deepEqual(heldPids(), []);
  } finally {
    await end(child);
  }
});

test('a process that has gone is let go of', async () => {
  const held = createHeldStats('/proc');
  const child = await start();
  for (let n = 0; n < 2; n++) {
    held.stat(child.pid);
    held.endScan(new Set([child.pid]));
  }
  await end(child);
  assert.equal(held.stat(child.pid), undefined);
  assert.deepEqual(heldPids(), []);
});

test('an exec changes what is held, as scans need it', async () => {
  const held = createHeldStats('/proc');
  const child = spawn('sh', ['-c', 'read line; exec sleep 60'], { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    await waitUntil(() => procfs.details(pid).argv?.[0] === 'sh', 'the shell');
    for (let n = 0; n < 2; n++) {
      held.stat(pid);
      held.endScan(new Set([pid]));
    }
    const before = held.stat(pid);
    child.stdin?.write('\n');
    await waitUntil(() => procfs.details(pid).argv?.[0] === 'sleep', 'the exec');
    const after = held.stat(pid);
    assert.deepEqual(heldPids(), [pid]);
    assert.equal(after?.startTicks, before?.startTicks);
    assert.notEqual(after?.stackStart, before?.stackStart);
  } finally {
    await end(child);
    held.close();
  }
});

test('where few files may be open, no more than a quarter of them are held', () => {
  const script = `
    import { createHeldStats } from '${new URL('../../src/host/held-stats.ts', import.meta.url).href}';
    import { createProcfs } from '${new URL('../../src/host/procfs.ts', import.meta.url).href}';
    import { readdirSync } from 'node:fs';
    const held = createHeldStats('/proc');
    const pids = [process.pid, process.ppid, 1, ...createProcfs('/proc', Date.now).pids()].filter((pid) => held.stat(pid));
    const before = readdirSync('/proc/self/fd').length;
    for (let n = 0; n < 2; n++) {
      for (const pid of pids) held.stat(pid);
      held.endScan(new Set(pids));
    }
    console.log(JSON.stringify([pids.length, readdirSync('/proc/self/fd').length - before]));`;
  const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 80; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
  assert.ok(stdout, stderr);
  const [pids, held] = JSON.parse(stdout);
  assert.equal(held, Math.min(20, pids));
});
