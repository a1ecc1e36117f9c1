import { setTimeout as delay } from 'node:timers/promises';

/** Time, passed in so that tests can hold it. */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the host's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Milliseconds of processor time that the process has used; asking takes half a microsecond. */
  cpuMs(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects, and does not keep the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { ref: false, ...(signal && { signal }) });
    } catch (error) {
      // AbortError is the only rejection of timers/promises, and waking early is what the caller asked for.
      if (!signal?.aborted) throw error;
    }
  },
};
