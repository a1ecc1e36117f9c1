import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { DeliveryError } from '../../src/model/errors.ts';
import { createFileSink } from '../../src/sinks/file.ts';
import { sampleAlert, sampleAlerts } from '../support/alerts.ts';
import { sinkConfig } from '../support/sinks.ts';

const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const never = new AbortController().signal;

async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'file-sink-'));
  const path = join(folder, 'log', 'sigmond', 'alerts.jsonl');
  const sink = createFileSink(sinkConfig.file(path));
  cleanups.push(() => rm(folder, { recursive: true }), sink.close);
  return { path, sink, send: (n: number) => sink.send([sampleAlert(n)], never) };
}

const numbers = async (path: string) =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => Number.parseInt(JSON.parse(line).id, 16));

test('alerts are lines of JSON in a file that only its owner reads, in folders that only its owner enters', async () => {
  const { path, sink } = await setUp();
  await sink.send(sampleAlerts(0, 3), never);
  const lines = (await readFile(path, 'utf8')).split('\n');
  assert.equal(lines.pop(), '');
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    sampleAlerts(0, 3),
  );
  const modes = [path, dirname(path), dirname(dirname(path))].map(async (at) =>
    ((await stat(at)).mode & 0o777).toString(8),
  );
  assert.deepEqual(await Promise.all(modes), ['600', '700', '700']);
});

test('a file that is there is appended to, with the mode it has', async () => {
  const { path, send } = await setUp();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(sampleAlert(1))}\n`, { mode: 0o640 });
  await send(2);
  assert.deepEqual(await numbers(path), [1, 2]);
  assert.equal((await stat(path)).mode & 0o777, 0o640);
});

test('rotation by rename, by removal and by truncation loses nothing', async () => {
  const { path, send } = await setUp();
  await send(1);
  await rename(path, `${path}.1`);
  await send(2);
  await rename(path, `${path}.2`);
  await writeFile(path, '');
  await send(3);
  assert.deepEqual([await numbers(`${path}.1`), await numbers(`${path}.2`), await numbers(path)], [[1], [2], [3]]);
  await unlink(path);
  await send(4);
  assert.deepEqual(await numbers(path), [4]);
  await truncate(path);
  await send(5);
  assert.deepEqual(await numbers(path), [5]);
  await rm(dirname(path), { recursive: true });
  await send(6);
  assert.deepEqual(await numbers(path), [6]);
});

test('after half a line, whoever left it, the next alert stands on a line of its own', async () => {
  const { path, send } = await setUp();
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, '{"id":"0000');
  await send(1);
  assert.deepEqual(await numbers(path), [1]);
  assert.equal((await readFile(path, 'utf8')).split('\n')[0], '{"id":"0000');
});

test('a path that is a folder, and a folder that is a file, can be tried again and heal', async () => {
  const { path, send } = await setUp();
  await mkdir(path, { recursive: true });
  await assert.rejects(
    send(1),
    (error) => error instanceof DeliveryError && error.retryable && /EISDIR/.test(error.message),
  );
  await rm(dirname(path), { recursive: true });
  await writeFile(dirname(path), 'in the way');
  await assert.rejects(send(1), (error) => error instanceof DeliveryError && error.retryable);
  await rm(dirname(path));
  await send(1);
  assert.deepEqual(await numbers(path), [1]);
});

test('a full disk can be tried again', async () => {
  const sink = createFileSink(sinkConfig.file('/dev/full'));
  await assert.rejects(
    sink.send([sampleAlert(1)], never),
    (error) => error instanceof DeliveryError && error.retryable && /ENOSPC/.test(error.message),
  );
  await sink.close();
});

test('a FIFO that nobody reads is a failure, not a hang', { timeout: 10_000 }, async () => {
  const { path, send } = await setUp();
  await mkdir(dirname(path), { recursive: true });
  execFileSync('mkfifo', [path]);
  await assert.rejects(send(1), (error) => error instanceof DeliveryError && error.retryable);
});
