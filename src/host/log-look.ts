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
  /** Read when it is asked for. */
  readonly others: () => readonly LogFileLook[];
}

/** @returns undefined when its folder may not be searched */
export function lookAtLog(path: string): LogLook | undefined {
  try {
    return { file: lookAt(path), others: () => lookBeside(path) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
}

function lookBeside(path: string): readonly LogFileLook[] {
  const folder = dirname(path);
  const base = basename(path);
  const names = unlessGone(() => readdirSync(folder)) ?? [];
  return names.flatMap((name) => (name !== base && name.startsWith(base) ? (lookAt(join(folder, name)) ?? []) : []));
}

function lookAt(path: string): LogFileLook | undefined {
  const stat = unlessGone(() => statSync(path));
  return stat && { dev: stat.dev, ino: stat.ino, size: stat.size, modifiedMs: stat.mtimeMs };
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
