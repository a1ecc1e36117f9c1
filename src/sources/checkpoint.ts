import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../host/replace-file.ts';
import { type FileIdentity, fingerprintBytes } from './log-files.ts';

/** Up to where a log has been fully handled. */
export interface Checkpoint {
  readonly file: FileIdentity;
  readonly offset: number;
  /** Keys of events at or after `offset` that are done already: events interleave, so some end before others that began earlier. */
  readonly done: readonly string[];
  /** What the reader's user wants to have with that position; whoever wrote it knows its shape. */
  readonly ledger?: unknown;
}

const form = z.object({
  file: z.object({
    dev: z.number(),
    ino: z.number(),
    fingerprint: z.object({ bytes: z.int().nonnegative().max(fingerprintBytes), sha256: z.string() }),
    modifiedMs: z.number(),
  }),
  offset: z.int().nonnegative(),
  done: z.array(z.string()),
  ledger: z.unknown().optional(),
});

/**
 * @returns undefined when there is none yet
 * @throws Error when the file is there and cannot be read or is damaged
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return form.parse(JSON.parse(text));
}

/** Replaces the file as a whole. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  return replaceFile(path, JSON.stringify(checkpoint));
}
