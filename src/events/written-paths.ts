import { posix } from 'node:path';
import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import type { KnownFolders } from './known-folders.ts';

/** A file that a system call made, or whose content it began anew. */
export interface WrittenPath {
  /** Absolute, bytes as latin1; undefined where the records do not tell. */
  readonly path: string | undefined;
  readonly isNew: boolean;
}

/**
 * The paths that a successful system call wrote, each once.
 *
 * New is what the kernel marks with nametype=CREATE: by open, creat, mkdir, mknod, link and symlink, the target of a
 * rename, a socket's name. What was there before has nametype=NORMAL, also for O_CREAT; it counts where creat or O_TRUNC
 * emptied a regular file. Opening a file to append to it, or to change a part, counts for nothing.
 *
 * @param call the SYSCALL record, or URINGOP, whose flags are in memory that is not recorded
 */
export function writtenPaths(event: AuditEvent, call: AuditRecord, folders: KnownFolders): readonly WrittenPath[] {
  const paths = event.records.filter(({ type }) => type === 'PATH').sort(byItem);
  const cwd = event.records.find(({ type }) => type === 'CWD')?.get('cwd');
  const places = createPlaces(call, paths, cwd, folders);
  const written = new Map<string | undefined, WrittenPath>();
  let created = 0;
  for (const record of paths) {
    if (record.get('nametype') !== 'CREATE') continue;
    const path = places.resolve(record.get('name'), created++);
    if (!written.has(path)) written.set(path, { path, isNew: true });
  }
  if (created === 0 && empties(call)) {
    const file = paths.findLast((record) => record.get('nametype') === 'NORMAL' && isRegular(record));
    if (file) {
      const path = places.resolve(file.get('name'), 0);
      written.set(path, { path, isNew: false });
    }
  }
  places.learnFolders();
  return [...written.values()];
}

function byItem(one: AuditRecord, other: AuditRecord): number {
  return Number(one.get('item') ?? 0) - Number(other.get('item') ?? 0);
}

/** Where the flags of open(2) stand; those of openat2 are in memory. */
const flagsArgument = new Map([
  ['open', 'a1'],
  ['openat', 'a2'],
]);

/** The same number on all architectures that records.ts knows (asm-generic/fcntl.h). */
const truncateFlag = 0x200;

function empties(call: AuditRecord): boolean {
  const name = call.get('SYSCALL') ?? '';
  if (name === 'creat') return true;
  const flags = call.get(flagsArgument.get(name) ?? '');
  return flags !== undefined && (Number.parseInt(flags, 16) & truncateFlag) !== 0;
}

/** By the file type in `mode`, octal; a record without it says nothing against it. */
function isRegular(record: AuditRecord): boolean {
  return record.get('mode')?.startsWith('0100') ?? true;
}

function isFolder(record: AuditRecord): boolean {
  return record.get('mode')?.startsWith('040') ?? false;
}

interface Places {
  /** The absolute path of a name; `nth` counts the created ones, since an exchange of names has two. */
  resolve(name: string | undefined, nth: number): string | undefined;
  /** Remembers what these records tell for sure about folders. */
  learnFolders(): void;
}

/** Which arguments hold the descriptors of the folders that relative names start at, first that of the new name. */
const folderArguments = new Map([
  ['openat', ['a0']],
  ['openat2', ['a0']],
  ['mkdirat', ['a0']],
  ['mknodat', ['a0']],
  ['symlinkat', ['a1']],
  ['linkat', ['a2']],
  ['renameat', ['a2', 'a0']],
  ['renameat2', ['a2', 'a0']],
]);

/** AT_FDCWD (-100) in 32 or 64 bits. */
const workingFolder = /^(?:ffffffff)?ffffff9c$/;

function createPlaces(
  call: AuditRecord,
  paths: readonly AuditRecord[],
  cwd: string | undefined,
  folders: KnownFolders,
): Places {
  const descriptors = folderArguments.get(call.get('SYSCALL') ?? '') ?? [];
  const parents = paths.filter((record) => record.get('nametype') === 'PARENT');

  function hasDescriptor(nth: number): boolean {
    const value = call.get(descriptors[nth] ?? descriptors[0] ?? '');
    return value !== undefined && !workingFolder.test(value);
  }

  /** Undefined where the kernel put the working folder for want of a name. */
  function nameOf(parent: AuditRecord | undefined): string | undefined {
    const name = parent?.get('name');
    return name?.startsWith('/') && normal(name) !== cwd ? normal(name) : undefined;
  }

  return {
    resolve(name, nth) {
      if (name === undefined || name === '') return undefined;
      if (name.startsWith('/')) return normal(name);
      // Of a rename the first parent is the old name's, the last the new one's.
      const parent = parents.at(-1 - nth) ?? parents[0];
      if (hasDescriptor(nth)) {
        const folder = (parent && folders.find(parent)) ?? nameOf(parent);
        if (folder !== undefined) return posix.join(folder, posix.basename(name));
      }
      if (cwd?.startsWith('/')) return posix.resolve(cwd, name);
      const folder = nameOf(parent);
      return folder === undefined ? undefined : posix.join(folder, posix.basename(name));
    },
    learnFolders() {
      const mayBeRelative = descriptors.some((_, nth) => hasDescriptor(nth));
      for (const record of paths) {
        const name = record.get('name');
        if (name === undefined || !(record.get('nametype') === 'PARENT' || isFolder(record))) continue;
        if (!mayBeRelative && cwd?.startsWith('/')) folders.learn(record, posix.resolve(cwd, name));
        else {
          const path = nameOf(record);
          if (path !== undefined) folders.learn(record, path);
        }
      }
    },
  };
}

/** Without `.`, `..`, double slashes and a slash at the end, as text: what is a link is not known here. */
function normal(path: string): string {
  return posix.resolve(path);
}
