import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { CorrelationSnapshot } from './correlation/snapshot.ts';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import type { Logger } from './host/logger.ts';
import { replaceFile } from './host/replace-file.ts';
import type { RuleSet } from './rule-set.ts';
import type { RuleStore } from './rules-store.ts';

/** Keeps what correlations have seen in a file, so that a restart does not empty their windows. */
export interface CorrelationSaver {
  /** Takes over what the file has; rejects never. A file that is damaged is counted, logged and not used. */
  restore(): Promise<void>;
  /**
   * Saves what has changed; rejects never. Where there is much, this takes time and is done less often, unless it is to be `now`.
   *
   * @returns whether the file has everything that was seen before this was called, so that the reader's position may move
   */
  save(when?: 'now'): Promise<boolean>;
}

export function createCorrelationSaver(
  path: string,
  rules: RuleStore,
  { clock, logger, counters }: { readonly clock: Clock; readonly logger: Logger; readonly counters: Counters },
): CorrelationSaver {
  const damaged = counters.counter('sigma_correlation_state_damaged_total');
  let saved: { readonly set: RuleSet; readonly changes: number } | undefined;
  let earliestMs = 0;
  let failing = false;

  return {
    async restore() {
      const { correlations } = rules.current;
      if (!correlations) return;
      try {
        const snapshot = await readSnapshot(path);
        if (snapshot) correlations.restore(snapshot);
      } catch (error) {
        damaged.add();
        logger.error({ path, error: String(error) }, 'what correlations had seen cannot be read; they start empty');
      }
    },
    async save(when) {
      const set = rules.current;
      if (!set.correlations) return true;
      const { changes } = set.correlations;
      if (saved ? saved.set === set && saved.changes === changes : changes === 0) return true;
      const startMs = clock.monotonicMs();
      if (when !== 'now' && startMs < earliestMs) return false;
      try {
        await replaceFile(path, JSON.stringify(set.correlations.snapshot()));
        saved = { set, changes };
        if (failing) logger.warn({ path }, 'what correlations have seen is saved again');
        failing = false;
        return true;
      } catch (error) {
        if (!failing) logger.error({ path, error: String(error) }, 'what correlations have seen cannot be saved');
        failing = true;
        return false;
      } finally {
        const tookMs = clock.monotonicMs() - startMs;
        earliestMs = startMs + tookMs / maxShareOfTime;
      }
    },
  };
}

/** Of the agent's time, at most. */
const maxShareOfTime = 0.05;

/** As much as the entries that correlations may have can fill. */
const maxBytes = 128 * 1024 * 1024;

/** @throws Error when the file is there and cannot be read or is damaged */
async function readSnapshot(path: string): Promise<CorrelationSnapshot | undefined> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new Error(`larger than ${maxBytes} bytes`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return form.parse(JSON.parse(text));
}

const entry = z.tuple([z.number(), z.int(), z.string().nullable(), z.union([z.string(), z.number(), z.null()])]);

const form = z.object({
  correlations: z.array(
    z.object({
      id: z.string(),
      digest: z.string(),
      groups: z.array(
        z.object({
          values: z.array(z.string().nullable()),
          forgottenToMs: z.number().nullable(),
          entries: z.array(entry),
        }),
      ),
    }),
  ),
});
