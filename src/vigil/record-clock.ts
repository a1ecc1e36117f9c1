/** How far the reader of audit records has got, in the time of the records. */
export interface RecordClock {
  saw(timestampMs: number): void;
  /** Whether records are still coming in and none so far is as young as this time. */
  isBehind(sinceMs: number): boolean;
}

/** Without a record for as long as this, there is nothing left to read. */
const idleMs = 1000;

export function createRecordClock(monotonicMs: () => number): RecordClock {
  // A system call that waited has an old time, so the youngest tells (audit takes the time at the call's entry).
  let youngestMs = Number.NEGATIVE_INFINITY;
  let seenAtMs = Number.NEGATIVE_INFINITY;

  return {
    saw(timestampMs) {
      youngestMs = Math.max(youngestMs, timestampMs);
      seenAtMs = monotonicMs();
    },
    isBehind: (sinceMs) => youngestMs < sinceMs && monotonicMs() - seenAtMs < idleMs,
  };
}
