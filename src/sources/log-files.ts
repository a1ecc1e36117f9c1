import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SourceError } from '../model/errors.ts';

// All of this is synchronous: a few system calls on a folder of this host, when something happens to the log, with as
// little time between them as can be.

/** A log file that was opened for reading. */
export interface OpenLog {
  readonly fd: number;
  readonly name: string;
  readonly dev: number;
  readonly ino: number;
  /** Bytes, and milliseconds since the epoch of the last change, both when it was opened. */
  readonly size: number;
  readonly modifiedMs: number;
}

/** A file by what it is, not by its name: rotation changes the name, copytruncate the inode. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
  /** sha256 of the first bytes; an audit log begins with a record whose id no other file has. */
  readonly fingerprint: { readonly bytes: number; readonly sha256: string };
  /** A time at which it was changed: files of the same log that have not been changed since are older. */
  readonly modifiedMs: number;
}

export const fingerprintBytes = 256;

/** Fewer bytes than this may be the same in two files; then only the inode and the time tell. */
export const tellingBytes = 64;

/**
 * Opens a log for reading.
 *
 * @throws SourceError when it is no regular file, which may keep a reader waiting; an Error of open(2)
 */
export function openLog(name: string): OpenLog {
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, name, dev: stat.dev, ino: stat.ino, size: stat.size, modifiedMs: stat.mtimeMs };
  closeSync(fd);
  throw new SourceError(`${name} is not a regular file`);
}

/** The first bytes of an open file, fewer where it is shorter. */
export function readHead(fd: number, bytes: number): Buffer {
  const head = Buffer.alloc(bytes);
  return head.subarray(0, readSync(fd, head, 0, bytes, 0));
}

export function fingerprintOf(head: Buffer): FileIdentity['fingerprint'] {
  return { bytes: head.length, sha256: createHash('sha256').update(head).digest('hex') };
}

/** Opens the file that was read up to `offset`, or the copy that copytruncate made of it; undefined when it is gone. */
export function findLog(path: string, sought: FileIdentity, offset: number): OpenLog | undefined {
  // Of a file that had hardly begun only the inode is known, and that stays when it is copied and cut.
  if (sought.fingerprint.bytes < tellingBytes && wasCopied(path, sought))
    return openOldestSince(path, sought.modifiedMs);
  for (;;) {
    const names = look(path);
    for (const isMatch of [isSameFile, isCopy]) {
      for (const { name } of names) {
        const file = openRotated(name, path);
        if (file && keepIf(file, () => file.size >= offset && isMatch(file, sought))) return file;
      }
    }
    // A rotation may have carried it past us.
    if (isSameList(names, look(path))) return undefined;
  }
}

/** Opens the oldest file of the log that was changed after `modifiedMs`. */
export function openOldestSince(path: string, modifiedMs: number): OpenLog | undefined {
  for (const { name } of look(path).toReversed()) {
    const file = openRotated(name, path);
    if (file && keepIf(file, () => file.modifiedMs > modifiedMs)) return file;
  }
  return undefined;
}

/** The file that was begun after another one. */
export interface Successor {
  readonly file: OpenLog;
  /** The file before it is gone from the folder, so others between the two may be as well. */
  readonly gap: boolean;
}

/**
 * Opens the file that was begun after `current`.
 *
 * @returns undefined while there is none, or none with content, or while a rotation is going on
 */
export function openSuccessor(path: string, current: OpenLog): Successor | undefined {
  const names = look(path);
  const place = names.findIndex((named) => isSameInode(named, current));
  const gap = place < 0 && !wasPacked(path, current);
  const name = names[place - 1]?.name;
  if (place >= 0 && name === undefined) return undefined;
  const file = name === undefined ? openOldestSince(path, current.modifiedMs) : openRotated(name, path);
  if (!file) return undefined;
  const isBegun = file.size > 0 || file.name !== path;
  // Only when nothing was renamed meanwhile were the neighbours neighbours.
  const isSettled =
    names.some((named) => named.name === file.name && isSameInode(named, file)) && isSameList(names, look(path));
  return keepIf(file, () => isBegun && isSettled) ? { file, gap } : undefined;
}

/**
 * Whether logrotate has made a packed file of it, the latest one, which keeps its time. What was open is then read to its
 * end all the same.
 */
function wasPacked(path: string, { fd }: OpenLog): boolean {
  const { mtimeMs } = fstatSync(fd);
  return readdirSync(dirname(path)).some((name) => {
    const suffix = name.startsWith(basename(path)) ? packedSuffix.exec(name.slice(basename(path).length)) : null;
    const packed = suffix && statIfThere(join(dirname(path), name));
    return packed ? Math.abs(packed.mtimeMs - mtimeMs) < 1000 : false;
  });
}

const packedSuffix = /^(?:\.1|[.-]\d[\d-]{6,20})\.(?:gz|xz|zst|bz2)$/;

/** Whether a file was copied and cut since: the file before it is then newer than it was itself. */
export function wasCopied(path: string, file: Inode & Pick<OpenLog, 'modifiedMs'>): boolean {
  const names = look(path);
  const place = names.findIndex((named) => isSameInode(named, file));
  const older = place < 0 ? undefined : names[place + 1];
  return older !== undefined && older.modifiedMs > file.modifiedMs;
}

/** What stat(2) says, or undefined while a rotation has the file away. */
export function statIfThere(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

export function isSameInode(one: Inode, other: Inode): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Closes the file unless it is wanted. */
function keepIf(file: OpenLog, isWanted: () => boolean): boolean {
  let wanted = false;
  try {
    wanted = isWanted();
  } finally {
    if (!wanted) closeSync(file.fd);
  }
  return wanted;
}

type Inode = Pick<OpenLog, 'dev' | 'ino'>;
type Named = Inode & Pick<OpenLog, 'name' | 'modifiedMs'>;

/** The log and what rotation made of it, newest first: numbered (`audit.log.1`) or dated (`secure-20261124`). */
function look(path: string): readonly Named[] {
  const base = basename(path);
  const numbers: number[] = [];
  const dates: string[] = [];
  for (const name of readdirSync(dirname(path))) {
    const suffix = name.startsWith(base) ? name.slice(base.length) : '';
    if (/^\.\d{1,6}$/.test(suffix)) numbers.push(Number(suffix.slice(1)));
    // logrotate's dateext, with any dateformat that sorts by time.
    else if (/^[.-]\d[\d-]{6,20}$/.test(suffix)) dates.push(suffix);
  }
  numbers.sort((one, other) => one - other);
  dates.sort().reverse();
  const named: Named[] = [];
  for (const suffix of ['', ...numbers.map((number) => `.${number}`), ...dates]) {
    const name = join(dirname(path), base + suffix);
    const stat = statIfThere(name);
    if (stat) named.push({ name, dev: stat.dev, ino: stat.ino, modifiedMs: stat.mtimeMs });
  }
  return named;
}

function isSameList(one: readonly Named[], other: readonly Named[]): boolean {
  return (
    one.length === other.length &&
    one.every((named, place) => {
      const there = other[place];
      return there !== undefined && named.name === there.name && isSameInode(named, there);
    })
  );
}

function isSameFile(file: OpenLog, sought: FileIdentity): boolean {
  return isSameInode(file, sought) && hasFingerprint(file, sought);
}

function isCopy(file: OpenLog, sought: FileIdentity): boolean {
  return sought.fingerprint.bytes >= tellingBytes && hasFingerprint(file, sought);
}

function hasFingerprint({ fd }: OpenLog, { fingerprint: { bytes, sha256 } }: FileIdentity): boolean {
  return fingerprintOf(readHead(fd, bytes)).sha256 === sha256;
}

/** Rotated files may be readable by fewer than the log itself is, and may go at any time. */
function openRotated(name: string, path: string): OpenLog | undefined {
  try {
    return openLog(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || (code === 'EACCES' && name !== path)) return undefined;
    throw error;
  }
}
