/** Finds that so many events come that the kernel may be losing some: then it is asked more often than otherwise. */
export interface Rush {
  /** An event has come. */
  event(): void;
  /** The kernel has told what it has lost. */
  asked(): void;
  /** Called about once a second; whether the kernel is to be asked now. */
  isDue(): boolean;
}

/** Some times what a busy server starts, and a fraction of what fills the kernel's queue. */
const eventsPerSecond = 200;
const askAfterMs = 5000;

export function createRush(monotonicMs: () => number): Rush {
  let askedMs = monotonicMs();
  let events = 0;
  let wasRush = false;

  return {
    event() {
      events++;
    },
    asked() {
      askedMs = monotonicMs();
      wasRush = false;
    },
    isDue() {
      wasRush ||= events >= eventsPerSecond;
      events = 0;
      return wasRush && monotonicMs() - askedMs >= askAfterMs;
    },
  };
}
