import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Logger } from '../host/logger.ts';
import { replaceFile } from '../host/replace-file.ts';

/** What the next run has to know of this one. */
export interface Remembered {
  /** The audit log in which a canary came back; undefined where none did. */
  readonly aliveIn: string | undefined;
  readonly losses: { readonly bootId: string | undefined; readonly lost: number } | undefined;
}

export interface Memory {
  readonly remembered: Remembered;
  /** Changes some of it, and saves it soon. */
  change(change: Partial<Remembered>): void;
  /** Resolves when all changes are saved, or cannot be. */
  saved(): Promise<void>;
}

const form = z.object({
  aliveIn: z.string().optional(),
  losses: z.object({ bootId: z.string().optional(), lost: z.int().nonnegative() }).optional(),
});

/** Reads it from a file, which may not be there yet; a damaged one counts as that, with a warning. */
export async function openMemory(path: string, logger: Logger): Promise<Memory> {
  let remembered = await read(path, logger);
  let saving = Promise.resolve();
  let isFailing = false;

  async function save(): Promise<void> {
    try {
      await replaceFile(path, JSON.stringify(remembered));
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.warn({ path, error: String(error) }, 'what is known of the canary cannot be saved');
      isFailing = true;
    }
  }

  return {
    get remembered() {
      return remembered;
    },
    change(change) {
      remembered = { ...remembered, ...change };
      saving = saving.then(save);
    },
    saved: () => saving,
  };
}

async function read(path: string, logger: Logger): Promise<Remembered> {
  try {
    const { aliveIn, losses } = form.parse(JSON.parse(await readFile(path, 'utf8')));
    return { aliveIn, losses: losses && { bootId: losses.bootId, lost: losses.lost } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      logger.warn({ path, error: String(error) }, 'what the last run knew of the canary cannot be read');
    return { aliveIn: undefined, losses: undefined };
  }
}
