import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../host/clock.ts';
import type { Procfs, ProcStat } from '../host/procfs.ts';
import type { RunWatch } from '../host/run-watch.ts';

/** What a scan of /proc tells; all of it synchronous. */
export interface ScanReader {
  /** One process, as it was a moment ago. */
  readonly onProcess: (stat: ProcStat, nowMs: number) => void;
  /** All processes that were there at `beganMs` and still are are among `pids`, and those of them that are new were told of. */
  readonly onScanEnd: (pids: ReadonlySet<number>, beganMs: number, nowMs: number) => void;
}

export interface ProcScan {
  /** Looks at the processes of the host once. */
  scan(reader: ScanReader): Promise<void>;
  /** Scans every `intervalMs` until `signal` aborts. */
  run(reader: ScanReader, signal: AbortSignal): Promise<void>;
}

export interface ProcScanOptions {
  readonly watch: RunWatch;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly looksAtAll: () => boolean;
}

/** Processes that are looked at before the event loop gets its turn. */
const sliceSize = 128;
/** Scans over which those looks are spread that only have to notice an exec in a running process. */
const rounds = 4;

/**
 * Only /proc/PID/stat is read here, which no process can hold up; and of a process that the scan before has seen only where
 * it has run since, for without that it has executed nothing.
 *
 * @param looksAtAll whether each scan asks that of all processes, and not of a quarter of those that are known: where nothing
 *   else tells of an exec in a running process, or of a pid that is used again
 */
export function createProcScan(
  { pids: listPids, stat: readStat }: Pick<Procfs, 'pids' | 'stat'>,
  { watch, intervalMs, clock, looksAtAll }: ProcScanOptions,
): ProcScan {
  let known: ReadonlySet<number> = new Set();
  let round = 0;

  async function scan({ onProcess, onScanEnd }: ScanReader): Promise<void> {
    const beganMs = clock.nowMs();
    const pids = listPids();
    const all = looksAtAll();
    round = (round + 1) % rounds;
    let looks = 0;
    for (const pid of pids) {
      if (known.has(pid) && ((!all && pid % rounds !== round) || !watch.hasRun(pid))) continue;
      const stat = readStat(pid);
      if (stat) onProcess(stat, clock.nowMs());
      if (++looks % sliceSize === 0) await turn();
    }
    known = new Set(pids);
    watch.keep(known);
    onScanEnd(known, beganMs, clock.nowMs());
  }

  return {
    scan,
    async run(reader, signal) {
      while (!signal.aborted) {
        await clock.sleep(intervalMs, signal);
        if (!signal.aborted) await scan(reader);
      }
      watch.keep(new Set());
    },
  };
}
