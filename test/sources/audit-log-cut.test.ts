import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCounters } from '../../src/host/counters.ts';
import { createIntake } from '../../src/intake.ts';
import { createAuditLogWriter } from '../support/audit-log-writer.ts';
import { createRandom } from '../support/random.ts';
import { readAuditLog, withFolder } from './support.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/replay/${name}.log`, import.meta.url), 'latin1').replace(/\n*$/, '\n');

/** What events the lines make, each with its records. */
function eventsOf(lines: readonly string[]): readonly string[] {
  const events: string[] = [];
  const intake = createIntake(
    ({ key, completedBy, records }) =>
      events.push(`${key} ${completedBy}\n${records.map(({ text }) => text).join('\n')}`),
    { counters: createCounters(), monotonicMs: () => 0 },
  );
  for (const [position, text] of lines.entries()) intake.line(text, position);
  intake.flush();
  return events;
}

/** Writes `log` with a rotation after `at` bytes, once they were read or before, and reads it. */
async function readCut(log: string, at: number, isFollowing: boolean): Promise<readonly string[]> {
  let lines: readonly string[] = [];
  await withFolder(async (folder) => {
    const writer = createAuditLogWriter(join(folder, 'audit.log'));
    const whole = log.slice(0, at).split('\n').length - 1;
    writer.write(log.slice(0, at));
    const before = isFollowing ? readAuditLog(folder) : undefined;
    await before?.waitForLines(whole);
    writer.rotate();
    writer.write(log.slice(at));
    const reading = before ?? readAuditLog(folder);
    await reading.waitForLines(log.split('\n').length - 1);
    await reading.stop();
    writer.close();
    lines = reading.lines;
  });
  return lines;
}

test('F36 F37 a log that is rotated at any of its bytes gives the same events', { timeout: 300_000 }, async () => {
  // Enough for a whole event and parts of two more, with lines of every type.
  const log = `${fixture('interleaved').slice(0, 2400).split('\n').slice(0, -1).join('\n')}\n`;
  const expected = eventsOf(log.trimEnd().split('\n'));
  assert.ok(expected.length > 1);
  const cuts = Array.from({ length: log.length + 1 }, (_, at) => at);
  // Folders of their own, so several at a time; each takes as long as the reader sleeps.
  const cut = async (at: number): Promise<void> => {
    for (const isFollowing of [true, false]) {
      assert.deepEqual(eventsOf(await readCut(log, at, isFollowing)), expected, `cut at byte ${at}`);
    }
  };
  for (let first = 0; first < cuts.length; first += 32) await Promise.all(cuts.slice(first, first + 32).map(cut));
});

const seed = Number(process.env['FUZZ_SEED'] ?? crypto.getRandomValues(new Uint32Array(1))[0]);

test(`F36 the same at random bytes of a log with long records (FUZZ_SEED=${seed})`, { timeout: 300_000 }, async () => {
  const log = fixture('long-arguments') + fixture('reverse-shell') + fixture('two-nodes');
  const expected = eventsOf(log.trimEnd().split('\n'));
  const random = createRandom(seed);
  for (let n = 0; n < 40; n++) {
    const at = random.below(log.length + 1);
    assert.deepEqual(eventsOf(await readCut(log, at, n % 2 === 0)), expected, `cut at byte ${at}`);
  }
});
