import { createHash } from 'node:crypto';
import { close, fstat, open, read, stat as statCallback } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const openFile = promisify(open);
export const closeFile = promisify(close);
const statFile = promisify(fstat);
const readFile = promisify(read);
const statPath = promisify(statCallback);

/** A file by what it is, not by its name: rotation changes the name, copytruncate the inode. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
  /** sha256 of the first bytes; audit.log begins with a record whose id no other file has. */
  readonly fingerprint: { readonly bytes: number; readonly sha256: string };
}

export const fingerprintBytes = 256;

/** The file and what rotation made of it (`audit.log.1` …), newest first, whether or not it is there itself. */
export async function logFiles(path: string): Promise<readonly string[]> {
  const base = basename(path);
  const rotated: number[] = [];
  for (const name of await readdir(dirname(path))) {
    const number = name.startsWith(`${base}.`) ? name.slice(base.length + 1) : '';
    if (/^\d{1,6}$/.test(number)) rotated.push(Number(number));
  }
  rotated.sort((one, other) => one - other);
  return [path, ...rotated.map((number) => join(dirname(path), `${base}.${number}`))];
}

/** Identity of an open file by its first bytes as they are now. */
export async function identify(fd: number, bytes = fingerprintBytes): Promise<FileIdentity> {
  const { dev, ino } = await statFile(fd);
  const { buffer, bytesRead } = await readFile(fd, Buffer.alloc(bytes), 0, bytes, 0);
  const sha256 = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
  return { dev, ino, fingerprint: { bytes: bytesRead, sha256 } };
}

/** The name and inode under which a file that was read up to `offset` can be found now. */
export async function findFile(
  path: string,
  sought: FileIdentity,
  offset: number,
): Promise<{ readonly name: string; readonly ino: number } | undefined> {
  for (const name of await logFiles(path)) {
    const ino = await inodeIfSame(name, sought, offset);
    if (ino !== undefined) return { name, ino };
  }
  return undefined;
}

async function inodeIfSame(name: string, sought: FileIdentity, offset: number): Promise<number | undefined> {
  const { dev, ino, fingerprint } = sought;
  const fd = await orUndefinedIfGone(openFile(name, 'r'));
  if (fd === undefined) return undefined;
  try {
    const found = await statFile(fd);
    if (found.size < offset) return undefined;
    const same =
      fingerprint.bytes === 0
        ? found.dev === dev && found.ino === ino
        : (await identify(fd, fingerprint.bytes)).fingerprint.sha256 === fingerprint.sha256;
    return same ? found.ino : undefined;
  } finally {
    await closeFile(fd);
  }
}

/** What stat(2) says, or undefined while a rotation has the file away. */
export async function statIfThere(path: string): Promise<{ readonly ino: number; readonly size: number } | undefined> {
  return orUndefinedIfGone(statPath(path));
}

async function orUndefinedIfGone<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The successor of a file among the names that rotation gives, opened. */
export interface Successor {
  readonly fd: number;
  readonly ino: number;
  readonly name: string;
  /** The file before it is gone from the folder, so others between the two may be as well. */
  readonly gap: boolean;
}

/**
 * Opens the file that was begun after the one with inode `ino`.
 *
 * @returns undefined while there is none, or none with content, or while a rotation is going on
 */
export async function openSuccessor(path: string, ino: number): Promise<Successor | undefined> {
  const names = await logFiles(path);
  const inodes = await Promise.all(names.map(async (name) => (await statIfThere(name))?.ino));
  const place = inodes.indexOf(ino);
  const gap = place < 0;
  const next = gap ? names.length - 1 : place - 1;
  const name = names[next];
  if (name === undefined || inodes[next] === undefined) return undefined;
  const fd = await orUndefinedIfGone(openFile(name, 'r'));
  if (fd === undefined) return undefined;
  const opened = await statFile(fd);
  // Renamed while we looked: the name may by now stand for another file than the neighbour.
  const before = names[place];
  const moved = opened.ino !== inodes[next] || (before !== undefined && (await statIfThere(before))?.ino !== ino);
  if (!moved && !(name === path && opened.size === 0)) return { fd, ino: opened.ino, name, gap };
  await closeFile(fd);
  return undefined;
}
