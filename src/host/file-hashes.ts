import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, createReadStream, fstatSync, openSync, statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Counters } from './counters.ts';

/** Hex SHA-256 in lower case: at once where it is known, later where the file has to be read, never where it cannot be. */
export type FileHash = string | undefined | Promise<string | undefined>;

export interface FileHashes {
  /**
   * @param isMeant whether it is the file that is meant, by its id as audit's PATH records have it: `MAJOR:MINOR:INODE`, the
   *   first two in hex
   * @throws never: a file that is not there, may not be read, is too large or changes meanwhile has no hash. The promise
   *   does not reject either.
   */
  sha256(path: string, isMeant: (id: string) => boolean): FileHash;
}

const maxFileBytes = 64n * 1024n * 1024n;
const maxRunning = 2;
/** Files that are open and wait their turn. */
const maxWaiting = 64;
const maxKnown = 8192;
const chunkBytes = 128 * 1024;

/**
 * Remembers hashes by device, inode, size and times. A file is opened at once, so that what is deleted meanwhile can still be
 * read; then it is read in pieces, between which everything else goes on.
 *
 * @param counters has `image_hashes_total` of files read, and `image_hashes_skipped_total` by `reason`: `too-large` is above
 *   64 MiB, `busy` when more files wait than may be open, `changed` while it was read, `failed`
 */
export function createFileHashes(counters: Counters): FileHashes {
  const read = counters.counter('image_hashes_total');
  const skipped = (reason: string) => counters.counter('image_hashes_skipped_total', { reason });
  const tooLarge = skipped('too-large');
  const busy = skipped('busy');
  const changed = skipped('changed');
  const failed = skipped('failed');
  const known = new Map<string, string>();
  const pending = new Map<string, Promise<string | undefined>>();
  const queue: (() => void)[] = [];
  let running = 0;

  async function hash(fd: number, before: BigIntStats): Promise<string | undefined> {
    const key = keyOf(before);
    if (running >= maxRunning) await new Promise<void>((resolve) => queue.push(resolve));
    running++;
    try {
      const digest = await digestOf(fd);
      read.add();
      if (!isSameContent(before, fstatSync(fd, { bigint: true }))) {
        changed.add();
        return undefined;
      }
      remember(key, digest);
      return digest;
    } catch {
      // A disk or network that fails in the middle; the program that runs from there has the same trouble.
      failed.add();
      return undefined;
    } finally {
      closeSync(fd);
      pending.delete(key);
      running--;
      queue.shift()?.();
    }
  }

  function remember(key: string, digest: string): void {
    known.set(key, digest);
    if (known.size > maxKnown) for (const [oldest] of [...known].slice(0, 1)) known.delete(oldest);
  }

  function open(path: string, isMeant: (id: string) => boolean): FileHash {
    // What was a file a moment ago may be a pipe by now, and is not waited for.
    const fd = unlessRefused(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY));
    if (fd === undefined) return undefined;
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile() || !isMeant(idOf(stats))) {
      closeSync(fd);
      return undefined;
    }
    const promise = hash(fd, stats);
    pending.set(keyOf(stats), promise);
    return promise;
  }

  return {
    sha256(path, isMeant) {
      const stats = unlessRefused(() => statSync(path, { bigint: true, throwIfNoEntry: false }));
      if (!stats?.isFile() || !isMeant(idOf(stats))) return undefined;
      const key = keyOf(stats);
      const digest = known.get(key) ?? pending.get(key);
      if (digest !== undefined) return digest;
      if (stats.size > maxFileBytes) tooLarge.add();
      else if (pending.size >= maxWaiting + maxRunning) busy.add();
      else return open(path, isMeant);
      return undefined;
    },
  };
}

async function digestOf(fd: number): Promise<string> {
  const sha256 = createHash('sha256');
  for await (const chunk of createReadStream('', { fd, start: 0, autoClose: false, highWaterMark: chunkBytes })) {
    sha256.update(chunk);
    await turn();
  }
  return sha256.digest('hex');
}

/** To delete a file changes its ctime too. */
function isSameContent(before: BigIntStats, now: BigIntStats): boolean {
  const isDeleted = now.nlink < before.nlink;
  return isDeleted ? now.size === before.size && now.mtimeNs === before.mtimeNs : keyOf(now) === keyOf(before);
}

/** A file that is not there or may not be opened is ordinary here, whatever the reason. */
function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return undefined;
    throw error;
  }
}

function keyOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

/** Device numbers as makedev(3) packs them, written as the kernel's audit_log_name does. */
function idOf({ dev, ino }: BigIntStats): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${hex(major)}:${hex(minor)}:${ino}`;
}

function hex(number: bigint): string {
  return number.toString(16).padStart(2, '0');
}
