import { posix } from 'node:path';
import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import type { KnownFolders } from './known-folders.ts';

/** A file that a system call made, or whose content it began anew. */
export interface WrittenPath {
  /** Absolute, bytes as latin1; undefined where the records do not tell. */
  readonly path: string | undefined;
  readonly isNew: boolean;
  /** The folder is inferred: the records name a descriptor, of which too little is known. */
  readonly isGuess: boolean;
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
  const created = paths.filter((record) => record.get('nametype') === 'CREATE');
  const emptied = created.length === 0 && empties(call) ? paths.findLast(isFileThatWas) : undefined;
  const written = new Map<string | undefined, WrittenPath>();
  for (const [nth, record] of (emptied ? [emptied] : created).entries()) {
    const { path, isGuess } = places.resolve(record, nth);
    if (!written.has(path)) written.set(path, { path, isNew: record !== emptied, isGuess });
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

/** A record without a mode says nothing against it. */
function isFileThatWas(record: AuditRecord): boolean {
  return record.get('nametype') === 'NORMAL' && (fileType(record) ?? regularFile) === regularFile;
}

function isFolder(record: AuditRecord): boolean {
  return record.get('nametype') === 'PARENT' || fileType(record) === folder;
}

const regularFile = 0o100000;
const folder = 0o040000;

/** The S_IFMT part of `mode`, which is octal. @see inode(7) */
function fileType(record: AuditRecord): number | undefined {
  const mode = record.get('mode');
  return mode === undefined ? undefined : Number.parseInt(mode, 8) & 0o170000;
}

interface Places {
  /** The absolute path of a written file; `nth` counts them, since an exchange of names has two. */
  resolve(record: AuditRecord, nth: number): Pick<WrittenPath, 'path' | 'isGuess'>;
  /** Remembers what these records tell about folders, other than by a guess. */
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
  const folderAt = folderArguments.get(call.get('SYSCALL') ?? '') ?? [];
  const parents = paths.filter((record) => record.get('nametype') === 'PARENT');
  const workingPath = cwd?.startsWith('/') ? cwd : undefined;

  /** The descriptor that names start at; undefined for the working folder. */
  function descriptorOf(nth: number): string | undefined {
    const value = call.get(folderAt[nth] ?? folderAt[0] ?? '');
    return value === undefined || workingFolder.test(value) ? undefined : value;
  }

  /** Undefined where the kernel put the working folder for want of a name. */
  function nameOf(parent: AuditRecord | undefined): string | undefined {
    const name = parent?.get('name');
    return name?.startsWith('/') && normal(name) !== cwd ? normal(name) : undefined;
  }

  /** The path as far as it is sure. */
  function locate(name: string | undefined, nth: number): string | undefined {
    if (!name) return undefined;
    if (name.startsWith('/')) return normal(name);
    const isAtDescriptor = descriptorOf(nth) !== undefined;
    if (!isAtDescriptor && workingPath !== undefined) return posix.resolve(workingPath, name);
    // Of a rename the first parent is the old name's, the last the new one's.
    const parent = parents.at(-1 - nth) ?? parents[0];
    const path = (isAtDescriptor && parent && folders.find(parent)) || nameOf(parent);
    return path === undefined ? undefined : posix.join(path, posix.basename(name));
  }

  function guess(name: string | undefined, nth: number): string | undefined {
    const descriptor = descriptorOf(nth);
    const path = (descriptor !== undefined && folders.findDescriptor(call, descriptor)) || workingPath;
    return name && path ? posix.resolve(path, name) : undefined;
  }

  function learn(record: AuditRecord): void {
    const isMade = record.get('nametype') === 'CREATE';
    const name = record.get('name');
    const isTold = isMade || folderAt.every((_, nth) => descriptorOf(nth) === undefined);
    const path = isTold ? locate(name, 0) : nameOf(record);
    if (path === undefined) return;
    folders.learn(record, path);
    if (record.get('nametype') === 'NORMAL' && opens.has(call.get('SYSCALL') ?? ''))
      folders.learnDescriptor(call, path);
  }

  return {
    resolve(record, nth) {
      const name = record.get('name');
      const sure = locate(name, nth);
      return sure === undefined ? { path: guess(name, nth), isGuess: true } : { path: sure, isGuess: false };
    },
    learnFolders: () => paths.filter(isFolder).forEach(learn),
  };
}

const opens = new Set(['open', 'openat', 'openat2']);

/** Without `.`, `..`, double slashes and a slash at the end, as text: what is a link is not known here. */
function normal(path: string): string {
  return posix.resolve(path);
}
