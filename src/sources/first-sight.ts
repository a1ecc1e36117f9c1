import { readSync } from 'node:fs';
import { maxLineBytes } from './lines.ts';
import { type FileIdentity, fingerprintOf, type OpenLog, statIfThere } from './log-files.ts';

/** Where a log ended when it was first looked at. */
export interface Sight {
  readonly file: FileIdentity;
  readonly offset: number;
}

/**
 * Looks where a log ends without opening it, so that a reader who may not open it yet loses nothing that is written
 * meanwhile.
 *
 * @returns undefined where no log is, or its folder may not be searched: what comes is then read from its beginning
 */
export function lookAtEnd(path: string): Sight | undefined {
  try {
    const stat = statIfThere(path);
    if (!stat?.isFile()) return undefined;
    const { dev, ino, size, mtimeMs } = stat;
    return { file: { dev, ino, fingerprint: fingerprintOf(Buffer.alloc(0)), modifiedMs: mtimeMs }, offset: size };
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error)) throw error;
    return undefined;
  }
}

/** Where the line begins that was being written when the file had this size. */
export function lineEndBefore({ fd }: OpenLog, size: number): number {
  const from = Math.max(0, size - maxLineBytes);
  const end = Buffer.alloc(size - from);
  const bytes = readSync(fd, end, 0, end.length, from);
  return from + end.subarray(0, bytes).lastIndexOf('\n') + 1;
}
