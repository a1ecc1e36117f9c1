import { join } from 'node:path';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import { createFileHashes } from './host/file-hashes.ts';
import type { Logger } from './host/logger.ts';
import { createProcfs } from './host/procfs.ts';
import { createRunWatch } from './host/run-watch.ts';
import type { Users } from './host/users.ts';
import type { SigmaEvent } from './model/sigma-event.ts';
import { createCgroups } from './process/cgroups.ts';
import { createEnricher, type Enricher } from './process/enrich.ts';
import { createImageHashes } from './process/image-hash.ts';
import { createLiveLookup } from './process/live-lookup.ts';
import { createObserver } from './process/observe.ts';
import type { ProcessTable } from './process/table.ts';
import { createProcessSaver } from './process-saver.ts';
import { createProcScan } from './sources/proc-scan.ts';

/** The processes of this host: what is known of them, what scans find, and what is kept over a restart. */
export interface HostProcesses {
  readonly enricher: Enricher;
  /** Fills the table, from what was saved and from a first scan. */
  seed(target: ScanTarget): Promise<void>;
  /** Scans until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** See ProcessSaver. */
  save(when?: 'now'): Promise<void>;
}

export interface ScanTarget {
  /** Takes what only a scan has seen. */
  readonly emit: (event: SigmaEvent) => void;
  /** Whether audit events are coming in. */
  readonly auditReports: () => boolean;
}

/** Where /proc is not looked at, and so nothing else of the host, for the log that is followed may be another's. */
export function createUnseenProcesses(table: ProcessTable): HostProcesses {
  const nothing = async (): Promise<void> => undefined;
  return { enricher: createEnricher(table, undefined), seed: nothing, run: nothing, save: nothing };
}

export function createHostProcesses(
  table: ProcessTable,
  {
    users,
    intervalMs,
    stateDir,
    clock,
    logger,
    counters,
  }: {
    readonly users: Users;
    readonly intervalMs: number;
    readonly stateDir: string;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly counters: Counters;
  },
): HostProcesses {
  const procfs = createProcfs('/proc', clock.nowMs);
  const { bootId } = procfs;
  const live = createLiveLookup(procfs, users, clock);
  const own = {
    live,
    cgroups: createCgroups(live, clock.monotonicMs),
    hashOf: createImageHashes(createFileHashes(counters), procfs, clock, counters.counter('image_hashes_late_total')),
  };
  const saver = createProcessSaver(join(stateDir, 'processes.jsonl'), table, { bootId, clock, logger, counters });
  let scans: ((signal: AbortSignal) => Promise<void>) | undefined;

  return {
    enricher: createEnricher(table, own),
    async seed({ emit, auditReports }) {
      await saver.restore();
      const observer = createObserver(table, emit, { ...own, users, bootId, auditReports });
      const watch = createRunWatch('/proc');
      const scan = createProcScan(procfs, { watch, intervalMs, clock, looksAtAll: () => !auditReports() });
      const reader = { onProcess: observer.see, onScanEnd: observer.endScan };
      await scan.scan(reader);
      scans = (signal) => scan.run(reader, signal);
    },
    run: async (signal) => scans?.(signal),
    save: saver.save,
  };
}
