import type { Clock } from '../host/clock.ts';
import type { Logger } from '../host/logger.ts';

/** What an operator is told about one sink: each change once, however many alerts it concerns. */
export interface Health {
  /** Failed attempts since the last that went well. */
  readonly failures: number;
  /** Why the last attempt failed; null when it went well or none was made. */
  readonly lastError: string | null;
  failed(reason: string): void;
  /** An attempt takes longer than it may; said at once, as it may never end. */
  late(reason: string): void;
  delivered(): void;
  dropped(n: number): void;
  /** Nothing waits any more. */
  caughtUp(): void;
}

export function createHealth(sink: string, { clock, logger }: { clock: Clock; logger: Logger }): Health {
  let failures = 0;
  let lastError: string | null = null;
  let downSinceMs: number | undefined;
  let dropped = 0;

  const down = (reason: string) => {
    lastError = reason;
    if (downSinceMs !== undefined) return;
    downSinceMs = clock.monotonicMs();
    logger.warn({ sink, reason }, 'sink fails; its alerts wait and are sent again');
  };

  return {
    get failures() {
      return failures;
    },
    get lastError() {
      return lastError;
    },
    failed(reason) {
      failures += 1;
      down(reason);
    },
    late: down,
    delivered() {
      if (downSinceMs !== undefined) {
        const downMs = Math.round(clock.monotonicMs() - downSinceMs);
        logger.info({ sink, downMs, failures, dropped }, 'sink takes alerts again');
      }
      failures = 0;
      lastError = null;
      downSinceMs = undefined;
    },
    dropped(n) {
      if (dropped === 0) logger.error({ sink }, 'queue is full; the oldest alerts are being dropped');
      dropped += n;
    },
    caughtUp() {
      if (dropped > 0) logger.warn({ sink, dropped }, 'queue is empty again after alerts were dropped');
      dropped = 0;
    },
  };
}
