import { open, readFile, rename, stat } from 'node:fs/promises';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import type { Logger } from './host/logger.ts';
import { linesOf, restoreLines } from './process/snapshot.ts';
import type { ProcessTable } from './process/table.ts';

/** Keeps the process table in a file, so that after a restart parents and orphans are still known. */
export interface ProcessSaver {
  /** Takes over what the file has, where that is of this boot and recent; rejects never. A damaged file is counted and logged. */
  restore(): Promise<void>;
  /** Saves what has changed, every 30 s, or `now`; rejects never. */
  save(when?: 'now'): Promise<void>;
}

const saveEveryMs = 30_000;
/** Older than this, too many processes have come and gone for the rest to be of use. */
const maxAgeMs = 10 * 60_000;
const maxBytes = 8 * 1024 * 1024;
/** Lines that are made before the event loop gets its turn. */
const sliceSize = 128;

interface Header {
  readonly version: number;
  readonly boot: string;
  readonly savedMs: number;
}
const version = 1;

/** @param bootId undefined where the kernel does not say: then nothing is kept */
export function createProcessSaver(
  path: string,
  table: ProcessTable,
  {
    bootId,
    clock,
    logger,
    counters,
  }: {
    readonly bootId: string | undefined;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly counters: Counters;
  },
): ProcessSaver {
  const leftOut = counters.counter('process_state_left_out_total');
  const damaged = counters.counter('process_state_damaged_total');
  let savedChanges = 0;
  let earliestMs = clock.monotonicMs() + saveEveryMs;
  let saving: Promise<void> | undefined;
  let failing = false;

  /** Not synced: after a power cut the boot is another, and the file of no use. */
  async function write(header: Header): Promise<void> {
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      let bytes = 0;
      let slice = `${JSON.stringify(header)}\n`;
      let made = 0;
      for (const line of linesOf(table)) {
        bytes += Buffer.byteLength(line) + 1;
        if (bytes > maxBytes) break;
        slice += `${line}\n`;
        if (++made % sliceSize !== 0) continue;
        await file.write(slice);
        slice = '';
      }
      await file.write(slice);
      if (bytes > maxBytes) leftOut.add(Math.max(1, [...table.all()].length - made));
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }

  async function saveNow(boot: string): Promise<void> {
    const { changes } = table;
    try {
      await write({ version, boot, savedMs: clock.nowMs() });
      savedChanges = changes;
      if (failing) logger.warn({ path }, 'the process table is saved again');
      failing = false;
    } catch (error) {
      if (!failing) logger.error({ path, error: String(error) }, 'the process table cannot be saved');
      failing = true;
    }
    earliestMs = clock.monotonicMs() + saveEveryMs;
    saving = undefined;
  }

  return {
    async restore() {
      try {
        const [header, ...lines] = await readLines(path);
        if (header === undefined) return;
        const { version: written, boot, savedMs } = JSON.parse(header) as Partial<Header>;
        const ageMs = clock.nowMs() - Number(savedMs);
        if (written !== version || boot === undefined || boot !== bootId || !(ageMs >= 0 && ageMs <= maxAgeMs)) return;
        restoreLines(lines, table);
      } catch (error) {
        damaged.add();
        logger.error({ path, error: String(error) }, 'the saved process table cannot be read; parents may be unknown');
      }
    },
    async save(when) {
      if (bootId === undefined) return;
      await (when === 'now' ? saving : undefined);
      if (saving || table.changes === savedChanges) return;
      if (when !== 'now' && clock.monotonicMs() < earliestMs) return;
      saving = saveNow(bootId);
      if (when === 'now') await saving;
    },
  };
}

/** Without the newline that ends the last one; none where there is no file. */
async function readLines(path: string): Promise<readonly string[]> {
  try {
    const { size } = await stat(path);
    if (size > 2 * maxBytes) throw new Error(`larger than ${2 * maxBytes} bytes`);
    return (await readFile(path, 'utf8')).replace(/\n$/, '').split('\n');
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
