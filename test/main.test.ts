import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './support/wait.ts';

const source = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const rules = source('config/rules');

test('SIGTERM and SIGINT end a command that waits for its input', { timeout: 30_000 }, async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const command = start(t, ['match', '--rules', rules]);
    // Enough for an answer before the end, which tells that it reads by now.
    command.process.stdin.write('no event\n'.repeat(10_000));
    await waitUntil(() => command.log().includes('no JSON object'), 'an answer');
    command.process.kill(signal);
    const [code, endedBy] = await command.closed;
    assert.deepEqual([code, endedBy], [null, signal]);
  }
});

test('SIGHUP while the daemon still starts is a reload, not its end', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'main-'));
  t.after(() => rm(folder, { recursive: true }));
  const config = join(folder, 'sigmond.yaml');
  await writeFile(
    config,
    `{state_dir: state, rules: {paths: ['${rules}']}, sources: {audit_log: {path: none}, proc_scan: {enabled: false}}}`,
  );
  const daemon = start(t, ['run', '-c', config]);
  await waitUntil(() => catchesHangup(daemon.process.pid), 'the signal to be taken');
  daemon.process.kill('SIGHUP');
  await waitUntil(() => daemon.log().includes('rules reloaded'), 'the reload');
  assert.ok(daemon.log().indexOf('"watching"') < daemon.log().indexOf('reloading the rules'), daemon.log());
  daemon.process.kill('SIGTERM');
  assert.deepEqual((await daemon.closed)[0], 0);
});

test('a state folder has one agent: another is refused while it lives, and takes its place when it was killed', {
  timeout: 90_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'main-'));
  t.after(() => rm(folder, { recursive: true }));
  const config = join(folder, 'sigmond.yaml');
  await writeFile(
    config,
    `{state_dir: state, rules: {paths: ['${rules}']}, sources: {audit_log: {path: none}, proc_scan: {enabled: false}}}`,
  );
  const first = start(t, ['run', '-c', config]);
  await waitUntil(() => first.log().includes('"watching"'), 'the first', 30_000);
  const second = start(t, ['run', '-c', config]);
  assert.deepEqual((await second.closed)[0], 1);
  assert.match(second.log(), /state_dir \S+\/state is in use by another running sigmond/);
  const third = start(t, ['run', '-c', config]);
  first.process.kill('SIGKILL');
  await waitUntil(() => third.log().includes('"watching"'), 'the third', 30_000);
  third.process.kill('SIGTERM');
  assert.deepEqual((await third.closed)[0], 0);
});

interface Started {
  readonly process: ChildProcessWithoutNullStreams;
  /** Settles with the exit code and the signal that ended it. */
  readonly closed: Promise<unknown[]>;
  /** Everything on standard error so far. */
  log(): string;
}

function start(t: TestContext, args: readonly string[]): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', source('src/main.ts'), ...args]);
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  child.stdout.resume();
  // It may end before all of its input was taken.
  child.stdin.on('error', () => undefined);
  return { process: child, closed: once(child, 'close'), log: () => log };
}

/** SigCgt holds a bit for each signal that has a handler, signal 1 in the lowest; see proc_pid_status(5). */
async function catchesHangup(pid: number | undefined): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number.parseInt(/^SigCgt:.*([0-9a-f])$/m.exec(status)?.[1] ?? '0', 16) & 1) === 1;
}
