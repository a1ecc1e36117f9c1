import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type AuditLogWriter, createAuditLogWriter } from '../support/audit-log-writer.ts';
import { waitUntil } from '../support/wait.ts';
import { readAuditLog, settle, withFolder } from './support.ts';

const logPath = (folder: string): string => join(folder, 'audit.log');

/** What happens to a log between two records, and how many gaps are told: of what may have been lost unseen. */
interface Happening {
  readonly what: string;
  readonly act: (writer: AuditLogWriter, path: string) => void;
  readonly gaps: number;
  /** Rotated files that are kept; 4 without it. */
  readonly kept?: number;
  /** Lines that may come again, since nobody can say what of them is new. */
  readonly repeated?: number;
}

function pack(path: string): void {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  rmSync(path);
}

function replaceByRename(path: string): void {
  writeFileSync(`${path}.new`, '');
  renameSync(`${path}.new`, path);
}

const happenings: readonly Happening[] = [
  { what: 'it is rotated where none are kept (num_logs = 0)', act: (writer) => writer.rotate(), gaps: 0, kept: 0 },
  {
    what: 'it is rotated and the rotated file closed to its readers (0400)',
    act(writer, path) {
      writer.rotate();
      chmodSync(`${path}.1`, 0o400);
    },
    gaps: 0,
  },
  {
    what: 'it is rotated three times, once without a record',
    act(writer) {
      writer.rotate();
      writer.rotate();
      writer.record();
      writer.rotate();
    },
    gaps: 0,
  },
  {
    what: 'it is rotated, and all files get the same time',
    act(writer, path) {
      for (let n = 0; n < 3; n++) {
        writer.rotate();
        writer.record();
      }
      for (const name of ['', '.1', '.2', '.3']) utimesSync(path + name, 1_795_489_893, 1_795_489_893);
    },
    gaps: 0,
  },
  {
    what: 'it is rotated and packed at once',
    act(writer, path) {
      writer.rotate();
      pack(`${path}.1`);
    },
    gaps: 0,
  },
  {
    what: 'another file takes its place without a rotation',
    act(writer, path) {
      writer.close();
      replaceByRename(path);
    },
    gaps: 1,
  },
  {
    what: 'it is deleted, and begun again later',
    act(writer, path) {
      writer.close();
      rmSync(path);
    },
    gaps: 1,
  },
  {
    what: 'it is emptied and written to again at once',
    act: (_, path) => truncateSync(path),
    gaps: 1,
  },
  {
    what: 'it is copied away under a name that is none of its own, and emptied',
    act(_, path) {
      copyFileSync(path, `${path}.copy`);
      truncateSync(path);
    },
    gaps: 1,
  },
  {
    what: 'half of it is cut off',
    act: (writer, path) => truncateSync(path, 2 * ((writer.records[0]?.length ?? 0) + 1)),
    gaps: 1,
    repeated: 2,
  },
];

for (const { what, act, gaps, kept = 4, repeated = 0 } of happenings) {
  test(`a reader that is up to date when ${what}: no line is lost, and ${gaps} gaps told`, () =>
    withFolder(async (folder) => {
      const writer = createAuditLogWriter(logPath(folder), kept);
      for (let n = 0; n < 5; n++) writer.record();
      const reading = readAuditLog(folder);
      await reading.waitForLines(5);
      act(writer, logPath(folder));
      await settle();
      for (let n = 0; n < 5; n++) writer.record();
      await waitUntil(() => reading.lines.at(-1) === writer.records.at(-1), 'the last line');
      await settle();
      await reading.stop();
      writer.close();
      assert.deepEqual([...reading.lines.slice(0, 5), ...reading.lines.slice(5 + repeated)], writer.records);
      assert.equal(reading.counters.read()['audit_log_gaps_total'], gaps);
    }));
}

test('what was written to a log after it was deleted is read to its end', () =>
  withFolder(async (folder) => {
    const path = logPath(folder);
    const writer = createAuditLogWriter(path);
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    rmSync(path);
    await settle();
    for (let n = 0; n < 3; n++) writer.record();
    await reading.waitForLines(4);
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
  }));

test('logging that is suspended for long is followed when it goes on', () =>
  withFolder(async (folder) => {
    const writer = createAuditLogWriter(logPath(folder));
    writer.record();
    const reading = readAuditLog(folder);
    await reading.waitForLines(1);
    // Long enough for the steady looks to end.
    for (let n = 0; n < 5; n++) {
      await settle();
      await settle();
      writer.record();
      await reading.waitForLines(2 + n);
    }
    await reading.stop();
    writer.close();
    assert.deepEqual(reading.lines, writer.records);
  }));

/** What happens while no reader runs. */
const absences: readonly {
  readonly what: string;
  readonly act: (writer: AuditLogWriter, path: string) => void;
  readonly gaps: number;
  /** Records written by `act` that are gone for good. */
  readonly gone: number;
}[] = [
  {
    what: 'its file is rotated out of the folder',
    act(writer) {
      for (let n = 0; n < 7; n++) {
        writer.rotate();
        writer.record();
      }
    },
    gaps: 1,
    gone: 1,
  },
  {
    what: 'its file is packed',
    act(writer, path) {
      writer.record();
      writer.rotate();
      pack(`${path}.1`);
    },
    gaps: 1,
    gone: 1,
  },
  {
    what: 'the log is rotated and the files renumbered half way',
    act(writer, path) {
      writer.rotate();
      writer.record();
      writer.rotate();
      renameSync(`${path}.2`, `${path}.3`);
    },
    gaps: 0,
    gone: 0,
  },
  {
    what: 'the log is deleted',
    act(writer, path) {
      writer.close();
      rmSync(path);
    },
    gaps: 1,
    gone: 0,
  },
  {
    what: 'another file takes its place',
    act(writer, path) {
      writer.close();
      replaceByRename(path);
    },
    gaps: 1,
    gone: 0,
  },
];

for (const { what, act, gaps, gone } of absences) {
  test(`while the reader is stopped, ${what}: ${gone} records gone, ${gaps} gaps told`, () =>
    withFolder(async (folder) => {
      const writer = createAuditLogWriter(logPath(folder), 5);
      for (let n = 0; n < 5; n++) writer.record();
      const first = readAuditLog(folder);
      await first.waitForLines(5);
      await first.save();
      await first.stop();
      act(writer, logPath(folder));
      writer.record();
      const second = readAuditLog(folder);
      await waitUntil(() => second.lines.at(-1) === writer.records.at(-1), 'the last line');
      await settle();
      await second.stop();
      writer.close();
      assert.deepEqual(second.lines, writer.records.slice(5 + gone));
      assert.equal(second.counters.read()['audit_log_gaps_total'], gaps);
    }));
}

/** What happens to a log of which only a few bytes had been read, too few to tell it from others. */
const shortHeads: readonly { readonly what: string; readonly act: (path: string) => void }[] = [
  { what: 'nothing happens', act: () => undefined },
  { what: 'it is renamed', act: (path) => renameSync(path, `${path}.1`) },
  {
    what: 'it is copied and truncated',
    act(path) {
      // logrotate copies some time after the last read.
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
    },
  },
];

for (const { what, act } of shortHeads) {
  for (const head of ['', 'type=A 1\n']) {
    test(`a position in a file of ${head.length} bytes is found again when ${what}`, () =>
      withFolder(async (folder) => {
        const path = logPath(folder);
        appendFileSync(path, head);
        const first = readAuditLog(folder);
        await waitUntil(() => first.source.state === 'following', 'the log to be open');
        await first.waitForLines(head === '' ? 0 : 1);
        await first.save();
        await first.stop();
        await settle();
        appendFileSync(path, 'type=A 2\n');
        act(path);
        appendFileSync(path, 'type=A 3\n');
        const second = readAuditLog(folder);
        await waitUntil(() => second.lines.at(-1) === 'type=A 3', 'the last line');
        await second.stop();
        assert.deepEqual(second.lines.slice(-2), ['type=A 2', 'type=A 3']);
        assert.equal(second.counters.read()['audit_log_gaps_total'], 0);
        assert.ok(readdirSync(folder).includes('audit.log'));
      }));
  }
}
