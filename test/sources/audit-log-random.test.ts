import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { createAuditLogWriter, nextRecord } from '../support/audit-log-writer.ts';
import { createRandom } from '../support/random.ts';
import { waitUntil } from '../support/wait.ts';
import { type LogReading, readAuditLog, withFolder } from './support.ts';

const runMs = 2000;

for (const seed of [1, 2, 3]) {
  test(`anything that happens to a log, seed ${seed}: each line once and in order, from the saved position on`, () =>
    withFolder(async (folder) => {
      const random = createRandom(seed);
      const path = join(folder, 'audit.log');
      const writer = createAuditLogWriter(path, 500);
      const written: string[] = [];
      let unwritten = '';
      let reading: LogReading = readAuditLog(folder);
      /** Lines of all runs; what a new run reads again takes the place of what the last one had read. */
      let read: string[] = [];
      let saved = 0;
      const linesNow = (): string[] => [...read, ...reading.lines];
      const writePiece = (): void => {
        const bytes = random.below(5) === 0 ? 1 + random.below(unwritten.length) : unwritten.length;
        writer.write(unwritten.slice(0, bytes));
        unwritten = unwritten.slice(bytes);
      };
      const append = (): void => {
        const record = `${nextRecord(written.length)} ${`${written.length} `.repeat(random.below(60))}`;
        written.push(record);
        unwritten += `${record}\n`;
        writePiece();
      };
      const save = async (): Promise<void> => {
        saved = read.length + reading.lines.length;
        await reading.save();
      };
      const restart = async (): Promise<void> => {
        await reading.stop();
        assert.equal(reading.counters.read()['audit_log_gaps_total'], 0);
        read = linesNow().slice(0, saved);
        if (random.below(2) === 0) act();
        reading = readAuditLog(folder);
      };
      function act(): void {
        const choice = random.below(20);
        if (choice === 0) writer.rotate();
        else if (choice === 1) {
          // Two files that hold but the same part of a record's id cannot be told apart.
          if (statSync(path).size >= 64) writer.copyTruncate();
        } else if (unwritten !== '') writePiece();
        else append();
      }

      /** The first line that is wrong, rather than all of them. */
      function tell(): void {
        const now = linesNow();
        const first = written.findIndex((line, place) => line !== now[place]);
        assert.equal(first, -1, `line ${first} of ${written.length} is ${now[first]?.slice(0, 60)}`);
        assert.equal(now.length, written.length);
      }

      append();
      const endMs = performance.now() + runMs;
      while (performance.now() < endMs) {
        for (let n = random.below(12); n > 0; n--) act();
        const choice = random.below(40);
        if (choice < 2) await restart();
        else if (choice < 8) await save();
        else if (choice < 20) await delay(random.below(4));
        else await turn();
      }
      while (unwritten !== '') writePiece();
      await waitUntil(() => linesNow().length >= written.length, 'the last line').catch(tell);
      await reading.stop();
      writer.close();
      tell();
      assert.ok(written.length > 500, `only ${written.length} lines`);
    }));
}
