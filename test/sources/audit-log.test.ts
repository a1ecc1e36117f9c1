import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createAuditLogWriter, nextRecord } from '../support/audit-log-writer.ts';
import { waitUntil } from '../support/wait.ts';
import { readAuditLog, settle, withFolder } from './support.ts';

const logPath = (folder: string): string => join(folder, 'audit.log');
const torn = 'audit_log_torn_lines_total';
const gaps = 'audit_log_gaps_total';

test('follows what is written, line by line', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder));
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    for (let n = 1; n < 50; n++) {
      writer.record();
      if (n % 10 === 0) await delay(5);
    }
    await reading.waitForLines(50);
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
    assert.equal(reading.counters.read()['audit_log_lines_total'], 50);
  }));

for (let before = 0; before < 4; before++) {
  for (const wait of [true, false]) {
    test(`rotation after ${before} records of four, reader ${wait ? 'up to date' : 'behind'}`, () =>
      withFolder(async (folder) => {
        const writer = createAuditLogWriter(logPath(folder));
        writer.record();
        const reading = readAuditLog(folder);
        await reading.waitForLines(1);
        for (let n = 0; n < before; n++) writer.record();
        if (wait) await reading.waitForLines(1 + before);
        writer.rotate();
        for (let n = before; n < 4; n++) writer.record();
        writer.record();
        await reading.waitForLines(6);
        await settle();
        await reading.stop();
        writer.close();
        assert.deepEqual(reading.lines, writer.records);
        assert.equal(reading.counters.read()[gaps], 0);
      }));
  }
}

test('several rotations before the reader has its turn', () =>
  withFolder(async (folder) => {
    // As many as there are, so that a busy machine loses none.
    const writer = createAuditLogWriter(logPath(folder), 30);
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    for (let round = 0; round < 5; round++) {
      for (let burst = 0; burst < 6; burst++) {
        for (let n = 0; n < burst; n++) writer.record();
        writer.rotate();
      }
      await delay(15);
    }
    writer.record();
    await reading.waitForLines(writer.records.length);
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
    assert.equal(reading.counters.read()[gaps], 0);
  }));

test('rotations that the reader cannot keep up with are reported, and no line comes twice', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder), 2);
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    for (let n = 0; n < 6; n++) {
      writer.rotate();
      writer.record();
    }
    await reading.waitForLines(4);
    writer.record();
    await waitUntil(() => reading.lines.at(-1) === writer.records.at(-1), 'the last record');
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, [writer.records[0], ...writer.records.slice(-4)]);
    assert.equal(reading.counters.read()[gaps], 1);
    assert.equal(reading.logger.lines.filter(({ level }) => level === 'error').length, 1);
  }));

test('a writer that keeps the old file open over a rename loses nothing', () =>
  withFolder(async (folder) => {
    const path = logPath(folder);
    appendFileSync(path, 'type=A 1\n');
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    renameSync(path, `${path}.1`);
    appendFileSync(path, '');
    await settle();
    appendFileSync(`${path}.1`, 'type=A 2\n');
    appendFileSync(path, 'type=A 3\n');
    await reading.waitForLines(3);
    await reading.stop();
    assert.deepEqual(reading.lines, ['type=A 1', 'type=A 2', 'type=A 3']);
  }));

test('a rotation that stops between two renames loses nothing', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder), 8);
    for (let n = 0; n < 5; n++) {
      writer.record();
      writer.rotate();
    }
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(6);
    const finish = writer.beginRotation();
    await settle();
    finish();
    writer.record();
    await reading.waitForLines(7);
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
    assert.equal(reading.counters.read()[gaps], 0);
  }));

const whileStopped = {
  'nothing happens': () => undefined,
  'the log is rotated': (writer: ReturnType<typeof createAuditLogWriter>) => writer.rotate(),
  'the log is rotated three times': (writer: ReturnType<typeof createAuditLogWriter>) => {
    for (let n = 0; n < 3; n++) {
      writer.rotate();
      writer.record();
    }
  },
  'the log is copied and truncated': (writer: ReturnType<typeof createAuditLogWriter>) => writer.copyTruncate(),
  'the log is copied and truncated twice': (writer: ReturnType<typeof createAuditLogWriter>) => {
    writer.copyTruncate();
    writer.record();
    writer.copyTruncate();
  },
  'the log is rotated and a new one not begun yet': (writer: ReturnType<typeof createAuditLogWriter>) => {
    writer.beginRotation();
  },
};
for (const [what, act] of Object.entries(whileStopped)) {
  test(`resumes when ${what} while the reader is stopped`, () =>
    withFolder(async (folder) => {
      const writer = createAuditLogWriter(logPath(folder), 5);
      for (let n = 0; n < 5; n++) writer.record();
      const first = readAuditLog(folder);
      await first.waitForLines(5);
      await first.save();
      await first.stop();
      writer.record();
      act(writer);
      writer.record();
      const second = readAuditLog(folder, { start: 'end' });
      await second.waitForLines(writer.records.length - 5);
      writer.record();
      await second.waitForLines(writer.records.length - 5);
      await second.stop();
      writer.close();
      assert.deepEqual([...first.lines, ...second.lines], writer.records);
      assert.equal(second.counters.read()[gaps], 0);
    }));
}

test('a file that has the inode of the one that was read is not taken for it', () =>
  withFolder(async (folder) => {
    const path = logPath(folder);
    const writer = createAuditLogWriter(path);
    for (let n = 0; n < 5; n++) writer.record();
    const first = readAuditLog(folder);
    await first.waitForLines(5);
    await first.save();
    await first.stop();
    writer.close();
    truncateSync(path);
    const other = Array.from({ length: 9 }, (_, n) => nextRecord(100 + n));
    appendFileSync(path, `${other.join('\n')}\n`);
    const second = readAuditLog(folder);
    await second.waitForLines(9);
    await second.stop();
    assert.deepEqual(second.lines, other);
    assert.equal(second.counters.read()[gaps], 1);
  }));

for (const more of [0, 1, 20]) {
  test(`copytruncate while running, ${more} records behind and more than that after it`, () =>
    withFolder(async (folder) => {
      const writer = createAuditLogWriter(logPath(folder));
      for (let n = 0; n < 10; n++) writer.record();
      const reading = readAuditLog(folder);
      await reading.waitForLines(10);
      for (let n = 0; n < more; n++) writer.record();
      writer.copyTruncate();
      for (let n = 0; n < 2 * more; n++) writer.record();
      await reading.waitForLines(10 + 3 * more);
      writer.record();
      await reading.waitForLines(writer.records.length);
      await settle();
      await reading.stop();
      writer.close();
      assert.deepEqual(reading.lines, writer.records);
      assert.equal(reading.counters.read()[gaps], 0);
    }));
}

test('a log that is cut without a copy goes on from its start, and that is reported', () =>
  withFolder(async (folder) => {
    const path = logPath(folder);
    const writer = createAuditLogWriter(path);
    for (let n = 0; n < 3; n++) {
      writer.record();
      writer.rotate();
    }
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(4);
    truncateSync(path);
    writer.record();
    await reading.waitForLines(5);
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
    assert.equal(reading.counters.read()[gaps], 1);
  }));

test('a log that is deleted and begun again', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder));
    for (let n = 0; n < 3; n++) {
      writer.record();
      writer.rotate();
    }
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(4);
    writer.record();
    writer.recreate();
    writer.record();
    await reading.waitForLines(6);
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
  }));

for (const start of ['beginning', 'end', 'resume'] as const) {
  test(`start ${start}: a log that comes later is read from its beginning, and its absence told once`, () =>
    withFolder(async (folder) => {
      const reading = readAuditLog(join(folder, 'audit'), { start });
      await settle();
      mkdirSync(join(folder, 'audit'));
      await settle();
      assert.equal(reading.source.state, 'waiting');
      appendFileSync(join(folder, 'audit/audit.log'), 'type=A 1\ntype=A 2\n');
      await reading.waitForLines(2);
      assert.equal(reading.source.state, 'following');
      await reading.stop();
      assert.deepEqual(reading.lines, ['type=A 1', 'type=A 2']);
      const told = reading.logger.lines.filter(({ level }) => level === 'warn').map(({ context }) => context['reason']);
      assert.equal(new Set(told).size, told.length);
      assert.match(String(told[0]), /ENOENT/);
      assert.equal(reading.logger.lines.at(-1)?.text, 'the log can be read now');
    }));
}

const starts = [
  ['beginning', 3],
  ['end', 0],
  ['resume', 0],
] as const;
for (const [start, old] of starts) {
  test(`start ${start} without a position: ${old} records of the past`, () =>
    withFolder(async (folder) => {
      const writer = createAuditLogWriter(logPath(folder));
      writer.record();
      writer.rotate();
      writer.record();
      writer.record();
      const reading = readAuditLog(folder, { start });
      await waitUntil(() => reading.source.state === 'following', 'the log to be open');
      writer.record();
      await reading.waitForLines(old + 1);
      await reading.stop();
      writer.close();
      assert.deepEqual(reading.lines, writer.records.slice(3 - old));
    }));
}

test('start end in the middle of a line gives that line whole', () =>
  withFolder(async (folder) => {
    const path = logPath(folder);
    appendFileSync(path, 'type=A 1\ntype=A ');
    const reading = readAuditLog(folder, { start: 'end' });
    await waitUntil(() => reading.source.state === 'following', 'the log to be open');
    await settle();
    appendFileSync(path, '2\n');
    await reading.waitForLines(1);
    await reading.stop();
    assert.deepEqual(reading.lines, ['type=A 2']);
  }));

test('a start at the end is a position too: what is written while the reader is stopped is read', () =>
  withFolder(async (folder) => {
    const path = logPath(folder);
    appendFileSync(path, 'type=A 1\n');
    const first = readAuditLog(folder, { start: 'resume' });
    await waitUntil(() => first.source.state === 'following', 'the log to be open');
    await first.save();
    await first.stop();
    appendFileSync(path, 'type=A 2\n');
    const second = readAuditLog(folder, { start: 'resume' });
    await second.waitForLines(1);
    await second.stop();
    assert.deepEqual(second.lines, ['type=A 2']);
  }));

test('a half-written line is not given out before its end, nor after a stop', () =>
  withFolder(async (folder) => {
    const path = logPath(folder);
    const first = readAuditLog(folder);
    for (const piece of ['type=A 1\nty', 'p', 'e=A', ' 2']) {
      appendFileSync(path, piece);
      await settle();
    }
    assert.deepEqual(first.lines, ['type=A 1']);
    await first.save();
    await first.stop();
    const second = readAuditLog(folder);
    await settle();
    appendFileSync(path, '2\n');
    await second.waitForLines(1);
    await second.stop();
    assert.deepEqual(first.lines, ['type=A 1']);
    assert.deepEqual(second.lines, ['type=A 22']);
  }));

test('a line may go on in the next file, in any pieces, also over a stop', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder));
    writer.write('type=A 1\ntype=A se');
    const first = readAuditLog(folder);
    await first.waitForLines(1);
    await settle();
    writer.rotate();
    for (const piece of ['c', 'ond', ' line\ntype=A 3\ntype=A fo']) {
      writer.write(piece);
      await settle();
    }
    await first.waitForLines(3);
    await first.save();
    await first.stop();
    writer.rotate();
    writer.write('urth\n');
    const second = readAuditLog(folder);
    await second.waitForLines(1);
    await second.stop();
    writer.close();
    assert.deepEqual(
      [...first.lines, ...second.lines],
      ['type=A 1', 'type=A second line', 'type=A 3', 'type=A fourth'],
    );
    assert.equal(first.counters.read()[torn], 0);
  }));

for (const pieces of [['type=A 2\n'], ['t', 'ype=A 2\n'], ['node=h type=A 2', '\n']]) {
  test(`a torn line before a record at the start of the next file is counted: ${JSON.stringify(pieces)}`, () =>
    withFolder(async (folder) => {
      const writer = createAuditLogWriter(logPath(folder));
      writer.write('type=A 1\ntype=A torn');
      const reading = readAuditLog(folder);
      await reading.waitForLines(1);
      writer.rotate();
      for (const piece of pieces) {
        writer.write(piece);
        await settle();
      }
      await reading.waitForLines(2);
      await reading.stop();
      writer.close();
      assert.deepEqual(reading.lines, ['type=A 1', pieces.join('').trimEnd()]);
      assert.deepEqual(reading.positions, [0, 'type=A 1\ntype=A torn'.length]);
      assert.equal(reading.counters.read()[torn], 1);
    }));
}

test('a line that is too long is counted, also when it goes on in the next file', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder));
    writer.write(`${'x'.repeat(70_000)}\ntype=A 1\n${'y'.repeat(70_000)}`);
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    writer.rotate();
    writer.write('type=A 2\n');
    await reading.waitForLines(2);
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, ['type=A 1', 'type=A 2']);
    assert.equal(reading.counters.read()[torn], 2);
  }));

test('bytes that are not UTF-8 come as they are', () =>
  withFolder(async (folder) => {
    appendFileSync(logPath(folder), Buffer.from([0x74, 0xff, 0xfe, 0x80, 0x0a]));
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    await reading.stop();
    assert.deepEqual(reading.lines, ['t\xff\xfe\x80']);
  }));

test('a folder that is removed and made again is followed', () =>
  withFolder(async (folder) => {
    const inner = join(folder, 'audit');
    mkdirSync(inner);
    appendFileSync(join(inner, 'audit.log'), 'type=A 1\n');
    const reading = readAuditLog(inner);
    await reading.waitForLines(1);
    rmSync(inner, { recursive: true });
    await waitUntil(() => reading.source.state === 'waiting', 'the loss to be noticed');
    mkdirSync(inner);
    appendFileSync(join(inner, 'audit.log'), 'type=A 2\n');
    await reading.waitForLines(2);
    await reading.stop();
    assert.deepEqual(reading.lines, ['type=A 1', 'type=A 2']);
  }));
