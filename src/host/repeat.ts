import type { Clock } from './clock.ts';

export interface Repeated {
  /** Whether there is something to do; nothing runs while there is not, so an idle agent sleeps. */
  readonly isNeeded: () => boolean;
  readonly act: () => void;
  readonly everyMs: number;
}

const maxPauseMs = 1000;

/** @returns what has to be called whenever there may be something to do */
export function createRepeat({ isNeeded, act, everyMs }: Repeated, clock: Clock, signal: AbortSignal): () => void {
  let running = false;

  async function run(): Promise<void> {
    while (isNeeded() && !signal.aborted) {
      const beganMs = clock.monotonicMs();
      await clock.sleep(everyMs, signal);
      // A process that was stopped finds that time has gone by, before it has read what came meanwhile.
      if (clock.monotonicMs() - beganMs < everyMs + maxPauseMs) act();
    }
    running = false;
  }

  return () => {
    if (running || !isNeeded()) return;
    running = true;
    void run();
  };
}
