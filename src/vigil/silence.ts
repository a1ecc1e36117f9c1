/** Finds that audit events stay away while /proc shows that programs are started. */
export interface Silence {
  /** The audit system has reported an exec. */
  reported(): void;
  /** A scan of /proc has found an exec that the audit system did not report. */
  unreported(): void;
}

export interface SilenceParts {
  readonly monotonicMs: () => number;
  /** Called when a few were missed in a row; at most once in `quietMs`. */
  readonly onDoubt: () => void;
  readonly quietMs: number;
  /** Called when many were missed in a row, over some time, though execs were reported before; once. */
  readonly onSilent: (unreported: number, silentMs: number) => void;
}

const doubtful = 3;
const silent = 5;
const silentForMs = 10_000;

export function createSilence({ monotonicMs, onDoubt, quietMs, onSilent }: SilenceParts): Silence {
  let lastReportMs: number | undefined;
  let missed = 0;
  let doubtedMs = Number.NEGATIVE_INFINITY;
  let isTold = false;

  return {
    reported() {
      lastReportMs = monotonicMs();
      missed = 0;
      isTold = false;
    },
    unreported() {
      missed++;
      const nowMs = monotonicMs();
      if (missed >= doubtful && nowMs - doubtedMs >= quietMs) {
        doubtedMs = nowMs;
        onDoubt();
      }
      const silentMs = nowMs - (lastReportMs ?? nowMs);
      if (missed >= silent && silentMs >= silentForMs && !isTold) {
        isTold = true;
        onSilent(missed, silentMs);
      }
    },
  };
}
