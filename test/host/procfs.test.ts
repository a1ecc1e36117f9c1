import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createProcfs, msPerTick } from '../../src/host/procfs.ts';
import { SourceError } from '../../src/model/errors.ts';
import { waitUntil } from '../support/wait.ts';

const procfs = createProcfs('/proc', Date.now);

test('this process as /proc has it', () => {
  const stat = procfs.stat(process.pid);
  assert.equal(stat?.pid, process.pid);
  assert.equal(stat?.ppid, process.ppid);
  assert.equal(stat?.kernelThread, false);
  assert.match(String(stat?.stackStart), /^\d{6,}$/);
  const details = procfs.details(process.pid);
  assert.equal(details.exe, process.execPath);
  assert.equal(details.exeDeleted, false);
  assert.equal(details.cwd, process.cwd());
  assert.equal(details.uid, String(process.getuid?.()));
  assert.equal(details.argv?.[0], process.argv0);
  const startedMs = procfs.bootMs() + (stat?.startTicks ?? 0) * msPerTick;
  assert.ok(Math.abs(Date.now() - process.uptime() * 1000 - startedMs) < 2000, 'the start is a time of the clock');
  assert.ok(procfs.pids().includes(process.pid));
});

test('arguments with line breaks, nothing in them and bytes that are not UTF-8', async () => {
  const script = 'printf ready; exec 3<&0; read line <&3';
  const named = spawn('bash', ['-c', `exec -a name bash -c '${script}; :' $'a\\nb' '' $'c\\377' ''`]);
  try {
    await once(named.stdout, 'data');
    const argv = procfs.details(named.pid ?? 0).argv;
    assert.deepEqual(argv, ['name', '-c', `${script}; :`, 'a\nb', '', 'c\ufffd', '']);
  } finally {
    named.kill('SIGKILL');
  }
});

test('a process that has ended, and one that waits for its parent', async () => {
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60']);
  try {
    const [output] = await once(parent.stdout, 'data');
    // It ends when its parent is no shell any more, which would have waited for it.
    const zombie = Number(String(output).trim());
    await waitUntil(() => / Z /.test(readFileSync(`/proc/${zombie}/stat`, 'latin1')), 'the zombie');
    assert.equal(procfs.stat(zombie)?.stackStart, undefined);
    const { exe, argv } = procfs.details(zombie);
    assert.deepEqual([exe, argv], [undefined, undefined]);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await waitUntil(() => procfs.stat(zombie) === undefined, 'the zombie to be reaped');
    const gone = procfs.details(zombie);
    assert.deepEqual(
      Object.entries(gone).filter(([, value]) => value !== undefined),
      [['exeDeleted', false]],
    );
  } finally {
    parent.kill('SIGKILL');
  }
});

test('an image that was deleted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-procfs-'));
  const program = join(folder, 'program');
  spawnSync('cp', ['/bin/sleep', program]);
  const child = spawn(program, ['60']);
  try {
    await once(child, 'spawn');
    rmSync(program);
    await waitUntil(() => procfs.details(child.pid ?? 0).exeDeleted, 'the deletion');
    assert.equal(procfs.details(child.pid ?? 0).exe, program);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});

const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const checkoutIsPrivate =
  spawnSync('test', ['-r', new URL('../../src/host/procfs.ts', import.meta.url).pathname], asNobody).status !== 0;

test(`other users may not be looked at, and that is no error${checkoutIsPrivate ? ' (skipped: no other user may read this checkout)' : ''}`, {
  skip: checkoutIsPrivate,
}, () => {
  const script = `
    import { createProcfs } from '${new URL('../../src/host/procfs.ts', import.meta.url).href}';
    const procfs = createProcfs('/proc', Date.now);
    const all = procfs.pids().map((pid) => [procfs.stat(pid), procfs.details(pid)]);
    console.log(JSON.stringify({ count: all.length, init: procfs.stat(1), details: procfs.details(1) }));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
    { ...asNobody, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  );
  assert.ok(stdout, stderr);
  const { count, init, details } = JSON.parse(stdout);
  assert.ok(count > 1);
  assert.equal(init.pid, 1);
  assert.equal(init.stackStart, undefined);
  assert.equal(details.exe, undefined);
  assert.ok(details.argv.length > 0);
});

test('a command name is whatever its program likes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-procfs-'));
  mkdirSync(join(folder, '42'));
  const rest = Array.from({ length: 50 }, (_, n) => String(n)).join(' ');
  const cases = [
    ['34816', 'pts0'],
    ['35071', 'pts255'],
    ['1083392', undefined],
    ['1025', 'tty1'],
    ['1088', 'ttyS0'],
    ['0', undefined],
  ] as const;
  for (const [device, tty] of cases) {
    for (const comm of ['a) R 1 2', '((', ') S 1', 'line\nbreak']) {
      writeFileSync(join(folder, '42/stat'), `42 (${comm}) S 7 42 42 ${device} -1 4194304 ${rest}`);
      const stat = createProcfs(folder, Date.now).stat(42);
      assert.equal(stat?.ppid, 7);
      if (tty !== undefined) assert.equal(stat?.tty, tty);
    }
  }
  assert.deepEqual(createProcfs(folder, Date.now).pids(), [42]);
  rmSync(folder, { recursive: true });
});

test('kernel threads are told', {
  skip: procfs.stat(2)?.ppid !== 0 && 'no kernel threads in this pid namespace',
}, () => {
  assert.equal(procfs.stat(2)?.kernelThread, true);
});

test('where proc(5) is missing, that is said', () => {
  assert.throws(() => createProcfs('/nowhere', Date.now).pids(), SourceError);
});
