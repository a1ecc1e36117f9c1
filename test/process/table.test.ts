import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProcessTable, imageAt, type NewProcess } from '../../src/process/table.ts';

function newProcess(pid: number, startedMs: number, commandLine = 'x'): NewProcess {
  return {
    pid,
    startedMs,
    startTicks: undefined,
    ppid: 1,
    parent: undefined,
    stackStart: undefined,
    reports: 0,
    session: undefined,
    image: { source: 'audit', atMs: startedMs, image: '/bin/x', commandLine, user: undefined },
  };
}

function createTable(maxProcesses: number) {
  let evicted = 0;
  const table = createProcessTable(
    maxProcesses,
    (pid, startedMs) => `${pid}-${startedMs}`,
    () => evicted++,
  );
  return { table, evicted: () => evicted };
}

test('the least recently used is forgotten first, and counted', () => {
  const { table, evicted } = createTable(3);
  for (const pid of [1, 2, 3]) table.add(newProcess(pid, 1000));
  table.find(1, 2000);
  table.add(newProcess(4, 2000));
  assert.equal(table.find(2, 2000), undefined);
  assert.deepEqual(
    [...table.all()].map(({ pid }) => pid),
    [3, 1, 4],
  );
  assert.deepEqual([table.size, evicted()], [3, 1]);
});

test('command lines are cut, and all of them together bounded', () => {
  const { table, evicted } = createTable(100_000);
  for (let pid = 1; pid <= 5000; pid++) table.add(newProcess(pid, 1000, 'y'.repeat(2_000_000)));
  const held = [...table.all()].reduce((sum, { images }) => sum + (images[0]?.commandLine?.length ?? 0), 0);
  assert.ok(held <= 64 * 1024 * 1024, `${held} characters`);
  assert.equal(table.size + evicted(), 5000);
  assert.equal(table.find(5000, 1000)?.images[0]?.commandLine?.length, 32_768 + '<...>'.length);
});

test('what is forgotten makes room again', () => {
  const { table, evicted } = createTable(100_000);
  for (let round = 0; round < 40; round++) {
    const nowMs = 1000 + round * 1_000_000;
    for (let pid = 1; pid <= 200; pid++) table.add(newProcess(pid, nowMs, 'y'.repeat(30_000)));
    table.prune(new Set(), nowMs + 1000, nowMs + 1000);
    table.prune(new Set(), nowMs + 500_000, nowMs + 500_000);
    assert.equal(table.size, 0);
  }
  assert.equal(evicted(), 0);
});

test('a process that gave way to four others with its pid is forgotten', () => {
  const { table } = createTable(10);
  for (let n = 1; n <= 6; n++) table.add(newProcess(7, n * 1000));
  assert.equal(table.find(7, 2500), undefined);
  assert.equal(table.find(7, 3500)?.startedMs, 3000);
});

test('the image is that of the time, whatever the order in which they came', () => {
  const { table } = createTable(10);
  const process = table.add(newProcess(7, 1000));
  for (const atMs of [3000, 2000]) {
    table.addImage(process, { source: 'proc', atMs, image: `/bin/${atMs}`, commandLine: 'y', user: undefined });
  }
  const at = (atMs: number) => imageAt(process, atMs)?.image;
  assert.deepEqual([at(500), at(1500), at(2500), at(3500)], ['/bin/x', '/bin/x', '/bin/2000', '/bin/3000']);
});

test('a process that is gone answers for its time only', () => {
  const { table } = createTable(10);
  table.add(newProcess(7, 1000));
  table.prune(new Set(), 5000, 5000);
  assert.equal(table.find(7, 4000)?.pid, 7);
  assert.equal(table.find(7, 6000), undefined);
  table.prune(new Set(), 200_000, 200_000);
  assert.equal(table.size, 0);
});
