import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { createProcfs } from '../../src/host/procfs.ts';
import { createRunWatch } from '../../src/host/run-watch.ts';
import { waitUntil } from '../support/wait.ts';

const procfs = createProcfs('/proc', Date.now);

/** Processes that this process holds a descriptor of. */
function watchedPids(): readonly number[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return Number(/^\/proc\/(\d+)\/schedstat$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []) || [];
    } catch {
      return [];
    }
  });
}

function isAsleep(pid: number): boolean {
  return / S /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a process that sleeps has not run, one that does something has', async () => {
  const watch = createRunWatch('/proc');
  const child = spawn('sh', ['-c', 'while read line; do echo $line; done'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  try {
    const say = async (): Promise<void> => {
      child.stdin.write('x\n');
      await once(child.stdout, 'data');
    };
    await say();
    await waitUntil(() => isAsleep(pid), 'the shell to wait');
    assert.equal(watch.hasRun(pid), true);
    for (let n = 0; n < 3; n++) assert.equal(watch.hasRun(pid), false);
    await say();
    assert.equal(watch.hasRun(pid), true);
    assert.deepEqual(watchedPids(), [pid]);
    watch.keep(new Set());
    assert.deepEqual(watchedPids(), []);
  } finally {
    await end(child);
  }
});

test('an exec is seen, also of the same program', async () => {
  const watch = createRunWatch('/proc');
  const child = spawn('sh', ['-c', 'read a; exec sh -c "read b; read c"'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  try {
    await waitUntil(() => isAsleep(pid), 'the shell to wait');
    watch.hasRun(pid);
    assert.equal(watch.hasRun(pid), false);
    child.stdin?.write('\n');
    await waitUntil(() => procfs.details(pid).argv?.[2] === 'read b; read c', 'the exec');
    assert.equal(watch.hasRun(pid), true);
  } finally {
    await end(child);
    watch.keep(new Set());
  }
});

test('a process that has gone has run, and is let go of', async () => {
  const watch = createRunWatch('/proc');
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  watch.hasRun(pid);
  assert.deepEqual(watchedPids(), [pid]);
  await end(child);
  assert.equal(watch.hasRun(pid), true);
  assert.equal(watch.hasRun(pid), true);
  assert.deepEqual(watchedPids(), []);
});

test('where few files may be open, no more than a quarter of them are held', () => {
  const script = `
    import { createRunWatch } from '${new URL('../../src/host/run-watch.ts', import.meta.url).href}';
    import { createProcfs } from '${new URL('../../src/host/procfs.ts', import.meta.url).href}';
    import { readdirSync } from 'node:fs';
    const watch = createRunWatch('/proc');
    const pids = createProcfs('/proc', Date.now).pids();
    const before = readdirSync('/proc/self/fd').length;
    for (const pid of pids) watch.hasRun(pid);
    console.log(JSON.stringify([pids.length, readdirSync('/proc/self/fd').length - before]));`;
  const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 80; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
  assert.ok(stdout, stderr);
  const [pids, held] = JSON.parse(stdout);
  assert.equal(held, Math.min(20, pids));
});
