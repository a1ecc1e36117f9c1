import type { Clock } from './clock.ts';

export interface Repeated {
  /** Whether there is something to do; nothing runs while there is not, so an idle agent sleeps. */
  readonly isNeeded: () => boolean;
  readonly act: () => void;
  readonly everyMs: number;
}

/** @returns what has to be called whenever there may be something to do */
export function createRepeat({ isNeeded, act, everyMs }: Repeated, clock: Clock, signal: AbortSignal): () => void {
  let running = false;

  async function run(): Promise<void> {
    while (isNeeded() && !signal.aborted) {
      await clock.sleep(everyMs, signal);
      act();
    }
    running = false;
  }

  return () => {
    if (running || !isNeeded()) return;
    running = true;
    void run();
  };
}
