import { createFirstSeen } from './events/first-seen.ts';
import { createHeldBack } from './events/held-back.ts';
import { isWhole } from './events/whole.ts';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import type { Logger } from './host/logger.ts';
import { createRepeat } from './host/repeat.ts';
import { hasWaitingClient } from './host/unix-sockets.ts';
import type { IntakeOptions } from './intake.ts';
import type { AuditEvent, AuditRecord } from './model/audit.ts';
import type { Config } from './model/config.ts';
import type { SourceStatus } from './model/status.ts';
import type { Pipeline } from './pipeline.ts';
import { type AuditSocket, createAuditSocket } from './sources/audit-socket.ts';
import { createStandardInput, type StandardInput } from './sources/standard-input.ts';

export interface LiveAuditDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly stdin: NodeJS.ReadableStream;
  /** Where the log is not followed: sees each record before it is assembled. */
  readonly onRecord?: (record: AuditRecord) => void;
  /** The same of each event, once. */
  readonly count?: (event: AuditEvent) => void;
}

/** Audit records that come as auditd gets them, beside the log or in its place. */
export interface LiveAudit {
  /** For the log's intake: keeps from the rules what another source gave before. Undefined where the log is alone. */
  readonly acceptFromLog: IntakeOptions['accept'];
  /** Begins to read; to be called when all is there that takes the records. */
  start(signal: AbortSignal): readonly Promise<void>[];
  status(): readonly SourceStatus[];
  /** Events that wait for more, and are not counted yet. */
  unfinished(): readonly AuditEvent[];
  /** Resolves when standard input has ended; never where it is not read. */
  readonly inputEnded: Promise<void>;
  /** Resolves when standard input has ended, and at once where it is not read. */
  readonly inputDone: Promise<void>;
}

/** How long an event that lacks records waits for another source to bring all of it: more than the log's own time-out. */
const holdMs = 10_000;
const expireEveryMs = 100;
const releaseEveryMs = 1000;

/**
 * auditd's socket and standard input as sources. Whichever source has a whole event first gives it to the rules; what
 * these have only in part is left to the others, and used if none brings it.
 */
export function createLiveAudit(
  { auditLog, auditSocket, standardInput }: Config['sources'],
  pipeline: Pipeline,
  { clock, logger, counters, stdin, onRecord, count }: LiveAuditDeps,
): LiveAudit {
  const sources = [auditLog, auditSocket, standardInput].filter(({ enabled }) => enabled).length;
  const seen = sources > 1 ? createFirstSeen(counters.counter('audit_duplicate_events_total')) : undefined;
  const socket = auditSocket.enabled
    ? createAuditSocket({ ...auditSocket, isOnlySource: sources === 1, hasWaitingClient, clock, logger, counters })
    : undefined;
  const input = standardInput.enabled ? createStandardInput(stdin, { logger, counters }) : undefined;
  const waiting: (() => readonly AuditEvent[])[] = [];

  function isNews(event: AuditEvent): boolean {
    const claimed = seen ? seen.claim(event) : 'new';
    if (claimed === 'new') count?.(event);
    return claimed !== undefined;
  }

  async function read(source: Pick<AuditSocket | StandardInput, 'run'>, signal: AbortSignal): Promise<void> {
    const held = createHeldBack((event) => {
      if (isNews(event)) intake.give(event);
    }, holdMs);
    const release = createRepeat(
      { isNeeded: () => held.size > 0, act: () => held.expire(clock.monotonicMs()), everyMs: releaseEveryMs },
      clock,
      signal,
    );
    const intake = pipeline.audit({
      ...(onRecord && { onRecord }),
      accept(event) {
        if (!seen || isWhole(event)) return isNews(event);
        held.push(event, clock.monotonicMs());
        release();
        return false;
      },
    });
    waiting.push(
      () => intake.assembler.openEvents(),
      () => held.events,
    );
    const expire = createRepeat(
      { isNeeded: () => intake.hasOpenEvents, act: intake.expire, everyMs: expireEveryMs },
      clock,
      signal,
    );
    await source.run((line) => {
      intake.line(line, 0);
      expire();
    }, signal);
    // What the log has too is read from there at the next start.
    if (auditLog.enabled) return;
    intake.flush();
    held.flush();
  }

  return {
    acceptFromLog: seen && ((event) => seen.claim(event) !== undefined),
    start: (signal) => [...(socket ? [read(socket, signal)] : []), ...(input ? [read(input, signal)] : [])],
    status: () => [
      ...(socket ? [{ name: 'audit_socket', lagMs: 0, ...socket.status() }] : []),
      ...(input ? [{ name: 'standard_input', lagMs: 0, ...input.status() }] : []),
    ],
    unfinished: () => waiting.flatMap((events) => events()),
    inputEnded: input?.ended ?? new Promise(() => undefined),
    inputDone: input?.ended ?? Promise.resolve(),
  };
}
