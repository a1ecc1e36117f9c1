import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface LogFileLook {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly modifiedMs: number;
}

/** A log and the files beside it whose names begin as its own does, such as what rotation made of it, packed or not. */
export interface LogLook {
  /** Undefined while there is none. */
  readonly file: LogFileLook | undefined;
  /** Read when it is asked for; undefined where the folder may be searched and not listed. */
  readonly others: () => readonly LogFileLook[] | undefined;
}

/** @returns undefined when it cannot be looked at: its folder may not be searched, or the disk fails */
export function lookAtLog(path: string): LogLook | undefined {
  return unlessRefused(() => ({ file: lookAt(path), others: () => lookBeside(path) }));
}

function lookBeside(path: string): readonly LogFileLook[] | undefined {
  const folder = dirname(path);
  const base = basename(path);
  const names = unlessRefused(() => unlessGone(() => readdirSync(folder)) ?? []);
  return names
    ?.filter((name) => name !== base && name.startsWith(base))
    .flatMap((name) => unlessRefused(() => lookAt(join(folder, name))) ?? []);
}

function lookAt(path: string): LogFileLook | undefined {
  const stat = unlessGone(() => statSync(path));
  return stat && { dev: stat.dev, ino: stat.ino, size: stat.size, modifiedMs: stat.mtimeMs };
}

/** Whatever the file system answers: a watch that ends of it would see nothing more. */
function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return undefined;
    throw error;
  }
}

function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    // ENOTDIR: a folder above it was replaced as well.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
