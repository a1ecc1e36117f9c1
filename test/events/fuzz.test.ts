import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKnownFolders } from '../../src/events/known-folders.ts';
import { type NormaliseContext, normalise } from '../../src/events/normalise.ts';
import { createCounters } from '../../src/host/counters.ts';
import { createIntake } from '../../src/intake.ts';
import { line } from '../support/audit-lines.ts';
import { heapAfterCollection } from '../support/heap.ts';
import { mutateLine } from '../support/mutate-line.ts';
import { createRandom } from '../support/random.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const mutatedLines = 1_000_000;

/** The recorded log where it lies beside the checkout, and our own fixtures. */
function readLines(): readonly string[] {
  const recorded = new URL('../../../shared/vectors/audit/disk-enriched-auditd-3.0.9.log', import.meta.url).pathname;
  const fixtures = new URL('../fixtures/replay/', import.meta.url).pathname;
  const logs = readdirSync(fixtures).filter((name) => name.endsWith('.log'));
  return [...(existsSync(recorded) ? [recorded] : []), ...logs.map((name) => join(fixtures, name))]
    .flatMap((path) => readFileSync(path, 'latin1').split('\n'))
    .filter((text) => text !== '');
}

/** Lines in, every field of every event read; the events are counted. */
function createReader() {
  const counters = createCounters();
  const context: NormaliseContext = {
    users: { name: () => undefined },
    folders: createKnownFolders(),
    wants: () => true,
    isSilent: () => false,
    incomplete: counters.counter('incomplete'),
    failedExecs: counters.counter('failed'),
    unnamed: counters.counter('unnamed'),
  };
  let nowMs = 0;
  let events = 0;
  const intake = createIntake(
    (audit) => {
      for (const { fields, message, argv } of normalise(audit, context)) {
        events++;
        for (const value of Object.values(fields)) assert.notEqual(value, undefined);
        assert.ok(message === undefined || typeof message === 'string');
        assert.ok(argv === undefined || argv.every((argument) => typeof argument === 'string'));
      }
    },
    { counters, monotonicMs: () => nowMs },
  );
  return {
    counters,
    read: (text: string) => intake.line(text, 0),
    pass(ms: number) {
      nowMs += ms;
      intake.expire();
    },
    finish() {
      intake.flush();
      return events;
    },
  };
}

test(`a million mutated lines: no exception and no growth (FUZZ_SEED=${seed})`, (t) => {
  const lines = readLines();
  assert.ok(lines.length > 100);
  const random = createRandom(seed);
  const reader = createReader();
  let warmBytes = 0;
  for (let n = 0; n < mutatedLines; n++) {
    // Runs of a real log, so that events are whole at times, with some of its lines damaged.
    // Each run has a time of its own, or its records would come too late for events that are done.
    const text = (lines[n % lines.length] ?? '').replace(
      /audit\(\d{4}/,
      `audit(${1000 + Math.floor(n / lines.length)}`,
    );
    reader.read(random.below(10) === 0 ? text : mutateLine(text, lines, random));
    if (n % 1000 === 999) reader.pass(50);
    if (n === mutatedLines / 4) warmBytes = heapAfterCollection();
  }
  const grownBytes = heapAfterCollection() - warmBytes;
  const events = reader.finish();
  t.diagnostic(`${events} events`);
  const torn = reader.counters.read()['audit_torn_records_total'] ?? 0;
  // Damage has to be of both kinds, or nothing is tried.
  assert.ok(torn > mutatedLines / 100 && torn < mutatedLines / 2, `${torn} torn`);
  assert.ok(events > mutatedLines / 10, `${events} events`);
  assert.ok(grownBytes < 16 * 1024 * 1024, `${grownBytes} bytes more than after a quarter of the lines`);
});

/** Bodies that grow by repetition, each of which a careless reader takes quadratic time for. */
const hostile: Readonly<Record<string, readonly [type: string, start: string, repeated: string]>> = {
  arguments: ['EXECVE', 'argc=9', ' a1=41'],
  'numbered arguments': ['EXECVE', 'argc=99999', ' a#="x"'],
  'pieces of one argument': ['EXECVE', 'argc=1 a0_len=9', ' a0[#]=41'],
  'pieces, each of an argument of its own': ['EXECVE', 'argc=9', ' a#_len=2 a#[0]=41'],
  'names without a value': ['AVC', 'avc: denied', ' {'],
  'new names': ['SYSCALL', 'arch=c000003e', ' n#=1'],
  'opened braces': ['SOCKADDR', 'saddr=02', ' SADDR={ x'],
  'nested messages': ['USER_CMD', 'pid=1', " msg='op=x"],
  'quotes that are not closed': ['PATH', 'item=0', ' name="x'],
  'one long value': ['PROCTITLE', 'proctitle=', '41'],
  'one long name': ['PATH', 'item=0 ', 'x'],
  'lost separators': ['SYSCALL', 'arch=c000003e', ' key=(null)ARCH=x'],
  blanks: ['CWD', 'cwd="/"', '  '],
};

for (const [name, [type, start, repeated]] of Object.entries(hostile)) {
  test(`time is linear in the length of a line: ${name}`, { timeout: 60_000 }, () => {
    const make = (length: number): string => {
      const parts: string[] = [start];
      for (let bytes = start.length, n = 1; bytes < length; n++) {
        const part = repeated.replaceAll('#', String(n));
        parts.push(part);
        bytes += part.length;
      }
      return parts.join('');
    };
    const [short, long] = [make(8000), make(64_000)];
    const ratios: number[] = [];
    for (let round = 0; round < 7; round++) ratios.push(cost(type, long, 4) / cost(type, short, 32));
    // As many bytes in both; quadratic time would be eight times as long.
    const best = Math.min(...ratios);
    assert.ok(best < 3, `${best} times as long for the same bytes in lines of eight times the length`);
  });
}

let serial = 0;

/** Milliseconds for `count` events of one such record and what an exec has beside it. */
function cost(type: string, body: string, count: number): number {
  const reader = createReader();
  const startedMs = performance.now();
  for (let n = 0; n < count; n++) {
    serial++;
    reader.read(line(serial, 'SYSCALL', 'arch=c000003e syscall=59 success=yes items=1 exe="/bin/x"'));
    reader.read(line(serial, type, body));
    reader.read(line(serial, 'PROCTITLE', 'proctitle="x"'));
  }
  assert.ok(reader.finish() >= count);
  return performance.now() - startedMs;
}
