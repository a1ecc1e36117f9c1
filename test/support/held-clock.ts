import type { Clock } from '../../src/host/clock.ts';

export interface HeldClock extends Clock {
  /** Lets time pass and wakes who waited for it, in the order of their times. */
  advance(ms: number): void;
  /** What is being waited for now, in milliseconds from now. */
  readonly waits: readonly number[];
}

/** A clock that stands still until the test moves it. */
export function createHeldClock(startMs = 1_795_489_893_399): HeldClock {
  let passedMs = 0;
  let sleepers: { readonly dueMs: number; readonly wake: () => void }[] = [];
  const remove = (sleeper: (typeof sleepers)[number]) => {
    sleepers = sleepers.filter((other) => other !== sleeper);
  };
  return {
    nowMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    cpuMs: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = (): void => {
          remove(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { dueMs: passedMs + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', wake);
      }),
    advance(ms) {
      passedMs += ms;
      for (const sleeper of sleepers.filter(({ dueMs }) => dueMs <= passedMs).sort((a, b) => a.dueMs - b.dueMs)) {
        sleeper.wake();
      }
    },
    get waits() {
      return sleepers.map(({ dueMs }) => dueMs - passedMs);
    },
  };
}
