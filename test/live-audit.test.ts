import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { isWhole } from '../src/events/whole.ts';
import { createCounters } from '../src/host/counters.ts';
import { createIntake, type Intake } from '../src/intake.ts';
import { createLiveAudit } from '../src/live-audit.ts';
import type { AuditEvent } from '../src/model/audit.ts';
import type { Config } from '../src/model/config.ts';
import { execLines, line } from './support/audit-lines.ts';
import { createHeldClock } from './support/held-clock.ts';
import { createKeptLogger } from './support/kept-logger.ts';

interface Sources {
  readonly log: Intake;
  /** Lines that come beside the log. */
  live(text: string): void;
  readonly given: readonly AuditEvent[];
  /** Types of records and keys of events that were counted in place of the log's. */
  readonly counted: readonly string[];
  readonly duplicates: () => number | undefined;
  /** Lets as much time pass as any event waits. */
  settle(): Promise<void>;
  end(): Promise<void>;
}

/** The log and standard input, with all that is between them and the rules. */
function open(withLog = true): Sources {
  const clock = createHeldClock();
  const counters = createCounters();
  const given: AuditEvent[] = [];
  const counted: string[] = [];
  const input = new EventEmitter();
  const stopping = new AbortController();
  const audit = (options?: Parameters<typeof createIntake>[2]) =>
    createIntake((event) => given.push(event), { counters, monotonicMs: clock.monotonicMs }, options);
  const sources: Config['sources'] = {
    auditLog: { path: '/none', enabled: withLog, start: 'end' },
    auditSocket: { enabled: false, paths: [] },
    standardInput: { enabled: true },
    procScan: { enabled: false, intervalMs: 1000 },
    logs: [],
  };
  const live = createLiveAudit(sources, { audit } as unknown as Parameters<typeof createLiveAudit>[1], {
    clock,
    logger: createKeptLogger(),
    counters,
    stdin: input as unknown as NodeJS.ReadableStream,
    ...(!withLog && { onRecord: ({ type }) => counted.push(type), count: ({ key }) => counted.push(key) }),
  });
  const running = live.start(stopping.signal);
  const log = audit(live.acceptFromLog && { accept: live.acceptFromLog });
  return {
    log,
    live: (text) => input.emit('data', Buffer.from(`${text}\n`, 'latin1')),
    given,
    counted,
    duplicates: () => counters.read()['audit_duplicate_events_total'],
    async settle() {
      for (let second = 0; second < 15; second++) {
        for (let tick = 0; tick < 10; tick++) {
          clock.advance(100);
          await turn();
        }
        log.expire();
      }
    },
    async end() {
      input.emit('end');
      await Promise.all(running);
    },
  };
}

const events = Array.from({ length: 8 }, (_, index): readonly string[] =>
  index % 3 === 2 ? [line(index + 1, 'USER_START', 'pid=1')] : execLines({ serial: index + 1 }),
);
const keysOf = (given: readonly AuditEvent[]) => given.map(({ id }) => id.serial).sort((one, other) => one - other);
const all = events.map((_, index) => index + 1);

/** Which copy goes on next, true for the log; what remains of one when the other is through comes at the end. */
const order = fc.array(fc.boolean(), { maxLength: 120 });

function play(
  { log, live }: Sources,
  inLog: readonly string[],
  alongside: readonly string[],
  isLogNext: readonly boolean[],
): void {
  const [fromLog, fromLive] = [[...inLog], [...alongside]];
  const step = (isLog: boolean): void => {
    const text = (isLog ? fromLog : fromLive).shift();
    if (text !== undefined && isLog) log.line(text, 0);
    else if (text !== undefined) live(text);
  };
  for (const isLog of isLogNext) step(isLog);
  while (fromLog.length > 0) step(true);
  while (fromLive.length > 0) step(false);
}

test('two whole copies in any interleaving: each event once', async () => {
  await fc.assert(
    fc.asyncProperty(order, async (isLogNext) => {
      const sources = open();
      play(sources, events.flat(), events.flat(), isLogNext);
      assert.deepEqual(keysOf(sources.given), all);
      assert.ok(sources.given.every(isWhole));
      assert.equal(sources.duplicates(), all.length);
      await sources.end();
    }),
    { numRuns: 100 },
  );
});

test('one copy lacks records: each event once, and whole', async () => {
  const lacking = fc.array(fc.boolean(), { minLength: events.flat().length, maxLength: events.flat().length });
  await fc.assert(
    fc.asyncProperty(order, lacking, async (isLogNext, kept) => {
      const sources = open();
      const partial = events.flat().filter((_, index) => kept[index]);
      play(sources, events.flat(), partial, isLogNext);
      await sources.settle();
      assert.deepEqual(keysOf(sources.given), all);
      assert.ok(sources.given.every(isWhole));
      await sources.end();
    }),
    { numRuns: 40 },
  );
});

test('the log stops while the other copy lacks records: each event that somebody has, once', async () => {
  const lacking = fc.array(fc.boolean(), { minLength: events.flat().length, maxLength: events.flat().length });
  await fc.assert(
    fc.asyncProperty(order, lacking, fc.nat(events.length), async (isLogNext, kept, logged) => {
      const sources = open();
      let at = 0;
      const partial = events.map((lines) => lines.filter(() => kept[at++]));
      play(sources, events.slice(0, logged).flat(), partial.flat(), isLogNext);
      await sources.settle();
      const had = all.filter((serial) => serial <= logged || (partial[serial - 1]?.length ?? 0) > 0);
      assert.deepEqual(keysOf(sources.given), had);
      await sources.end();
    }),
    { numRuns: 40 },
  );
});

test('without the log, what is open at the end of the input is used, and all is counted', async () => {
  const sources = open(false);
  for (const text of execLines().slice(0, 3)) sources.live(text);
  assert.equal(sources.given.length, 0);
  await sources.end();
  assert.deepEqual(sources.counted, ['SYSCALL', 'EXECVE', 'CWD', '1795489893.399:1']);
  assert.deepEqual(
    sources.given.map(({ completedBy }) => completedBy),
    ['flush'],
  );
});
