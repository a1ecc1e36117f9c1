import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createAuditLogWriter } from '../support/audit-log-writer.ts';
import { waitUntil } from '../support/wait.ts';
import { countResources, readAuditLog, settle, withFolder } from './support.ts';

const logPath = (folder: string): string => join(folder, 'audit.log');

test('the abort ends the run at any moment, and nothing stays open', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder));
    for (let n = 0; n < 3; n++) writer.record();
    writer.rotate();
    writer.record();
    // The first watch of a process opens a file that it keeps.
    const first = readAuditLog(folder);
    await first.waitForLines(4);
    await first.stop();
    await settle();
    const before = countResources();
    for (let turns = 0; turns < 40; turns++) {
      const reading = readAuditLog(folder);
      if (turns % 3 === 0) writer.record();
      for (let n = 0; n < turns; n++) await turn();
      if (turns % 4 === 0) writer.rotate();
      await reading.stop();
      assert.equal(reading.source.state, 'waiting');
    }
    await settle();
    assert.deepEqual(countResources(), before);
    writer.close();
  }));

test('the abort ends the wait for a log that is not there', () =>
  withFolder(async (folder) => {
    const reading = readAuditLog(folder);
    await settle();
    await reading.stop();
    assert.deepEqual(reading.lines, []);
  }));

test('whether there is more to read is no question for a log that cannot be looked at', () =>
  withFolder(async (folder) => {
    symlinkSync('audit.log', logPath(folder));
    const never = readAuditLog(folder);
    assert.equal(never.source.isBehind, false);
    await never.stop();
    rmSync(logPath(folder));
    const writer = createAuditLogWriter(logPath(folder));
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    rmSync(logPath(folder));
    symlinkSync('audit.log', logPath(folder));
    assert.equal(reading.source.isBehind, false);
    await reading.stop();
    writer.close();
  }));

test('nothing stays open after many rotations and copytruncates', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder));
    const before = countResources();
    const reading = readAuditLog(folder);
    for (let n = 0; n < 20; n++) {
      writer.record();
      if (n % 2 === 0) writer.rotate();
      else writer.copyTruncate();
      await reading.waitForLines(n + 1);
    }
    assert.ok(countResources().files <= before.files + 8, 'open files while running');
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
    await settle();
    assert.ok(countResources().files <= before.files, 'open files afterwards');
  }));

const failure = (): Error => Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 });
const failingReads = {
  'of what was just written': () => mock.method(fs, 'readSync', () => throwIt(failure())),
  'of much that is behind': () =>
    mock.method(fs, 'read', (...args: unknown[]) => setImmediate(args.at(-1) as (error: Error) => void, failure())),
};
for (const [what, failReads] of Object.entries(failingReads)) {
  test(`a read ${what} that fails is told once, and reading starts again where it broke off`, () =>
    withFolder(async (folder) => {
      const writer = createAuditLogWriter(logPath(folder));
      writer.record();
      const reading = readAuditLog(folder);
      await reading.waitForLines(1);
      const read = failReads();
      syncBuiltinESMExports();
      try {
        for (let n = 0; n < 8000; n++) writer.record();
        await waitUntil(() => read.mock.callCount() >= 3, 'three reads to fail');
      } finally {
        read.mock.restore();
        syncBuiltinESMExports();
      }
      writer.record();
      await reading.waitForLines(8002);
      await reading.stop();
      writer.close();
      assert.deepEqual(reading.lines, writer.records);
      assert.deepEqual(
        reading.logger.lines.map(({ level, context }) => [level, context['reason']]),
        [
          ['warn', 'EIO: i/o error, read'],
          ['info', undefined],
        ],
      );
    }));
}

function throwIt(error: Error): never {
  throw error;
}

test('without inotify the log is polled', () =>
  withFolder(async (folder) => {
    const watch = mock.method(fs, 'watch', () => {
      throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' });
    });
    syncBuiltinESMExports();
    try {
      const writer = createAuditLogWriter(logPath(folder));
      writer.record();
      const reading = readAuditLog(folder);
      await waitUntil(() => watch.mock.callCount() > 0, 'a watch to be tried');
      writer.record();
      writer.rotate();
      writer.record();
      await reading.waitForLines(3);
      await reading.stop();
      writer.close();
      assert.deepEqual(reading.lines, writer.records);
    } finally {
      watch.mock.restore();
      syncBuiltinESMExports();
    }
  }));

test('what is no regular file is waited for, as one problem', () =>
  withFolder(async (folder) => {
    const fifo = logPath(folder);
    assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
    const reading = readAuditLog(folder);
    await settle();
    await reading.stop();
    assert.deepEqual(
      reading.logger.lines.map(({ context }) => context['reason']),
      [`${fifo} is not a regular file`],
    );
  }));

test('a log that may not be read is waited for, and read once it may', { timeout: 30_000 }, () =>
  withFolder(async (folder) => {
    const inner = join(folder, 'audit');
    mkdirSync(inner);
    appendFileSync(join(inner, 'audit.log'), 'type=A 1\n');
    chmodSync(folder, 0o755);
    chmodSync(inner, 0o777);
    chmodSync(join(inner, 'audit.log'), 0);
    await asOrdinaryUser(async () => {
      const reading = readAuditLog(inner);
      await waitUntil(() => reading.logger.lines.length > 0, 'the problem to be told');
      assert.match(String(reading.logger.lines[0]?.context['reason']), /EACCES/);
      await settle();
      assert.equal(reading.logger.lines.length, 1);
      if (process.getuid?.() === 0) process.seteuid?.(0);
      chmodSync(join(inner, 'audit.log'), 0o444);
      await reading.waitForLines(1);
      await reading.stop();
      assert.deepEqual(reading.lines, ['type=A 1']);
    });
  }),
);

test('a damaged position is reported and not fatal; a new one takes its place, readable by its owner only', () =>
  withFolder(async (folder) => {
    const position = join(folder, 'position.json');
    for (const damage of ['', '{"offset":', '{"offset":5}', '[]']) {
      writeFileSync(position, damage);
      writeFileSync(logPath(folder), 'type=A 1\n');
      const reading = readAuditLog(folder);
      await reading.waitForLines(1);
      assert.equal(reading.logger.lines.filter(({ level }) => level === 'error').length, 1);
      await reading.save();
      await reading.stop();
      const again = readAuditLog(folder);
      appendFileSync(logPath(folder), 'type=A 2\n');
      await again.waitForLines(1);
      await again.stop();
      assert.deepEqual(again.lines, ['type=A 2']);
      assert.deepEqual(again.logger.lines, []);
    }
    assert.equal(statSync(position).mode & 0o777, 0o600);
  }));

/** Runs `work` as a user who is not root, as far as the file system is concerned. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

for (const isRotated of [false, true]) {
  const what = isRotated ? ', although it is rotated meanwhile' : '';
  test(`start end: what is written before the log may be read is not lost${what}`, { timeout: 30_000 }, () =>
    withFolder(async (folder) => {
      const inner = join(folder, 'audit');
      const path = join(inner, 'audit.log');
      mkdirSync(inner);
      appendFileSync(path, 'type=A 1\ntype=A ');
      chmodSync(folder, 0o755);
      chmodSync(inner, 0o777);
      chmodSync(path, 0);
      await asOrdinaryUser(async () => {
        const reading = readAuditLog(inner, { start: 'end' });
        await waitUntil(() => reading.logger.lines.length > 0, 'the problem to be told');
        if (process.getuid?.() === 0) process.seteuid?.(0);
        appendFileSync(path, '2\ntype=A 3\n');
        if (isRotated) {
          renameSync(path, `${path}.1`);
          chmodSync(`${path}.1`, 0o444);
        }
        appendFileSync(path, 'type=A 4\n');
        chmodSync(path, 0o444);
        await reading.waitForLines(3);
        await reading.stop();
        assert.deepEqual(reading.lines, ['type=A 2', 'type=A 3', 'type=A 4']);
        assert.equal(reading.counters.read()['audit_log_gaps_total'], 0);
      });
    }),
  );
}

test('start end: what comes in place of a folder is read from its beginning', () =>
  withFolder(async (folder) => {
    mkdirSync(logPath(folder));
    const reading = readAuditLog(folder, { start: 'end' });
    await settle();
    rmdirSync(logPath(folder));
    appendFileSync(logPath(folder), 'type=A 1\n');
    await reading.waitForLines(1);
    await reading.stop();
    assert.deepEqual(reading.lines, ['type=A 1']);
  }));
