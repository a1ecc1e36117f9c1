import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/host/clock.ts';
import { type Counters, createCounters } from '../../src/host/counters.ts';
import { createAuditLog } from '../../src/sources/audit-log.ts';
import type { FollowedLog } from '../../src/sources/followed-log.ts';
import { createKeptLogger } from '../support/kept-logger.ts';
import { waitUntil } from '../support/wait.ts';

/** What a run of the source gave. */
export interface LogReading {
  readonly source: FollowedLog;
  readonly lines: string[];
  readonly positions: readonly number[];
  readonly done: readonly string[];
  readonly counters: Counters;
  readonly logger: ReturnType<typeof createKeptLogger>;
  waitForLines(n: number): Promise<void>;
  /** Saves the place after the last line as the one to resume at. */
  save(): Promise<void>;
  stop(): Promise<void>;
}

/** Follows `audit.log` in `folder`; time passes a hundred times faster in it. */
export function readAuditLog(
  folder: string,
  options: { readonly start?: 'resume' | 'beginning' | 'end'; readonly onLine?: (line: string) => void } = {},
): LogReading {
  const counters = createCounters();
  const logger = createKeptLogger();
  const source = createAuditLog({
    path: join(folder, 'audit.log'),
    start: options.start ?? 'beginning',
    checkpointPath: join(folder, 'position.json'),
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) },
    logger,
    counters,
  });
  const lines: string[] = [];
  const positions: number[] = [];
  const done: string[] = [];
  const stopping = new AbortController();
  const onLine = (line: string, position: number): void => {
    lines.push(line);
    positions.push(position);
    options.onLine?.(line);
  };
  const running = source.run({ onLine, onDone: (keys) => done.push(...keys) }, stopping.signal);
  return {
    source,
    lines,
    positions,
    done,
    counters,
    logger,
    waitForLines: (n) => waitUntil(() => lines.length >= n, `line ${n} of ${lines.length}`),
    async save() {
      await source.save(source.position, []);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sigmond-sources-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the process holds: open files, watches and timers. */
export function countResources(): { readonly files: number; readonly watches: number; readonly timers: number } {
  const active = process.getActiveResourcesInfo();
  const count = (kind: string): number => active.filter((name) => name.startsWith(kind)).length;
  return { files: readdirSync('/proc/self/fd').length, watches: count('FSEvent'), timers: count('Timeout') };
}

/** Long enough for a wrong line to come, were there one. */
export async function settle(): Promise<void> {
  await delay(60);
}
