import type { Clock } from '../host/clock.ts';
import type { Logger } from '../host/logger.ts';
import type { Counter } from '../model/stages.ts';
import type { CanaryStatus } from '../model/status.ts';
import type { Canary } from './canary.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Tell } from './tell.ts';

/** Where none is sent. */
export const noCanary: CanaryStatus = { state: 'off', lastMs: undefined, maxMs: undefined, ageMs: undefined };

export interface CanaryWatch {
  /** Sends canaries until `signal` aborts, then resolves when the last one has ended. */
  run(canary: Canary, signal: AbortSignal): Promise<void>;
  /** Sends the next canary now; at most one a second. */
  hurry(): void;
  /** A canary has come back. */
  returned(latencyMs: number): void;
  readonly status: CanaryStatus;
}

export interface CanaryWatchParts {
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tell: Tell;
  /** An earlier run saw one come back. */
  readonly wasAlive: boolean;
  readonly diagnose: () => Promise<Diagnosis>;
  /** Called when the first one of this run has come back. */
  readonly onAlive: () => void;
  /** Counts those that did not come back in time. */
  readonly lostCounter: Counter;
}

const spacingMs = 1000;
/** Between attempts while none comes back. */
const lostIntervalMs = 5000;
const attemptsUntilUnseen = 3;
const firstRepeatMs = 10 * 60_000;
const longestRepeatMs = 60 * 60_000;

/** Decides from canaries that do or do not come back whether somebody has blinded the collector, and says so. */
export function createCanaryWatch(parts: CanaryWatchParts): CanaryWatch {
  const { intervalMs, clock, logger, tell, wasAlive, diagnose, onAlive, lostCounter } = parts;
  let state: 'unknown' | 'alive' | 'lost' = 'unknown';
  let failures = 0;
  let isHurried = false;
  let waiting = new AbortController();
  let flight = new AbortController();
  let last: { readonly latencyMs: number; readonly atMs: number } | undefined;
  let maxMs: number | undefined;
  let lostSinceMs = 0;
  let told = 0;
  let tellAgainMs = 0;

  async function missed(): Promise<void> {
    failures++;
    lostCounter.add();
    if (state === 'unknown' && !wasAlive) {
      if (failures === attemptsUntilUnseen) unseen();
      return;
    }
    if (state === 'lost' && clock.monotonicMs() < tellAgainMs) return;
    const failuresBefore = failures;
    const diagnosis = await diagnose();
    // It may have come back while we asked.
    if (failures !== failuresBefore) return;
    // A restart of auditd takes as long; and at boot others may still be about to load the rules.
    const isSure = failures > 1 || (state === 'alive' && !diagnosis.isDoubtful);
    if (isSure) lost(diagnosis);
  }

  function lost({ reason, text, fields }: Diagnosis): void {
    const nowMs = clock.monotonicMs();
    if (state !== 'lost') {
      state = 'lost';
      lostSinceMs = clock.nowMs();
      told = 0;
    }
    const repeatMs = Math.min(firstRepeatMs * 2 ** told, longestRepeatMs);
    tellAgainMs = nowMs + repeatMs;
    told++;
    const ageMs = last && nowMs - last.atMs;
    logger.error({ reason, ...(ageMs !== undefined && { lastSeenMs: Math.round(ageMs) }), ...fields }, text);
    tell('canary_lost', `${lostSinceMs}:${told}`, {
      Reason: reason,
      Description: text,
      ...(ageMs !== undefined && { LastSeenMs: String(Math.round(ageMs)) }),
      ...fields,
    });
  }

  function unseen(): void {
    logger.warn(
      {},
      'the audit system does not report what sigmond starts itself, so nobody can tell whether it is blinded; are the exec rules loaded?',
    );
    tell('canary_unseen', String(clock.nowMs()), { Attempts: String(failures) });
  }

  function pauseMs(): number {
    if (state === 'lost') return Math.min(intervalMs, lostIntervalMs);
    const isTrying = failures > 0 && failures < attemptsUntilUnseen;
    return isTrying ? 0 : intervalMs;
  }

  /** The spacing holds also for who is in a hurry. */
  async function pause(ms: number, startedMs: number, signal: AbortSignal): Promise<void> {
    if (ms > 0 && !isHurried && !signal.aborted) await clock.sleep(ms, waiting.signal);
    const restMs = startedMs + spacingMs - clock.monotonicMs();
    if (restMs > 0) await clock.sleep(restMs, signal);
  }

  return {
    async run(canary, signal) {
      signal.addEventListener('abort', () => {
        waiting.abort();
        flight.abort();
      });
      while (!signal.aborted) {
        const startedMs = clock.monotonicMs();
        isHurried = false;
        waiting = new AbortController();
        flight = new AbortController();
        const isBack = await canary.send(flight.signal);
        if (signal.aborted) return;
        if (!isBack && !flight.signal.aborted) await missed();
        await pause(pauseMs(), startedMs, signal);
      }
    },
    hurry() {
      isHurried = true;
      waiting.abort();
      // The one that is waited for was sent while all was dark; what has just happened may have changed that.
      if (state === 'lost') flight.abort();
    },
    returned(latencyMs) {
      const isFirst = last === undefined;
      failures = 0;
      last = { latencyMs, atMs: clock.monotonicMs() };
      maxMs = Math.max(maxMs ?? 0, latencyMs);
      const before = state;
      state = 'alive';
      if (isFirst) onAlive();
      if (before !== 'lost') return;
      const lostForMs = clock.nowMs() - lostSinceMs;
      logger.warn({ lostForMs }, 'the audit system reports what is started again');
      tell('canary_returned', String(lostSinceMs), { LostMs: String(lostForMs) });
    },
    get status() {
      const ageMs = last && Math.round(clock.monotonicMs() - last.atMs);
      return { state, lastMs: last?.latencyMs, maxMs, ageMs };
    },
  };
}
