import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Origin } from './source.ts';

/** What an import writes about itself into its target, by which the next one tells what was changed there since. */
export interface Manifest {
  readonly version: 1;
  readonly source: Origin;
  /** RFC 3339. */
  readonly importedAt: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Hex SHA-256 of what the source has, by relative path, also where the target's file was kept. */
  readonly files: Readonly<Record<string, string>>;
}

/** The loader of rules passes over names with a leading dot. */
export const manifestName = '.sigmond-import.json';

const form = z.object({ version: z.literal(1), files: z.record(z.string(), z.string()) });

/** The `files` of a target's manifest; undefined when it has none or it is damaged. */
export async function readImported(target: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { files } = form.parse(JSON.parse(await readFile(join(target, manifestName), 'utf8')));
    return new Map(Object.entries(files));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
