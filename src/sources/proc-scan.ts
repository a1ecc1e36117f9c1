import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../host/clock.ts';
import type { Procfs, ProcStat } from '../host/procfs.ts';

/** What a scan of /proc tells; all of it synchronous. */
export interface ScanReader {
  /** One process, as it was a moment ago. */
  readonly onProcess: (stat: ProcStat, nowMs: number) => void;
  /** All processes that were there at `beganMs` and still are have been told of. */
  readonly onScanEnd: (beganMs: number, nowMs: number) => void;
}

export interface ProcScan {
  /** Looks at every process of the host once. */
  scan(reader: ScanReader): Promise<void>;
  /** Scans every `intervalMs` until `signal` aborts. */
  run(reader: ScanReader, signal: AbortSignal): Promise<void>;
}

/** Processes that are looked at before the event loop gets its turn. */
const sliceSize = 64;

/** Only /proc/PID/stat is read here, which no process can hold up. */
export function createProcScan(procfs: Procfs, intervalMs: number, clock: Clock): ProcScan {
  async function scan({ onProcess, onScanEnd }: ScanReader): Promise<void> {
    const beganMs = clock.nowMs();
    for (const [place, pid] of procfs.pids().entries()) {
      const stat = procfs.stat(pid);
      if (stat) onProcess(stat, clock.nowMs());
      if (place % sliceSize === sliceSize - 1) await turn();
    }
    onScanEnd(beganMs, clock.nowMs());
  }

  return {
    scan,
    async run(reader, signal) {
      while (!signal.aborted) {
        await clock.sleep(intervalMs, signal);
        if (!signal.aborted) await scan(reader);
      }
    },
  };
}
