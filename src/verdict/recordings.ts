import type { AuditRule } from '../host/audit-rules.ts';
import type { Telemetry } from './telemetry.ts';

/** What one audit rule has the kernel record. */
export interface Recording {
  readonly calls: ReadonlySet<string> | 'all';
  readonly keys: readonly string[];
  /** The file, or with `/` at its end the folder, that the calls have to be about; undefined: any. */
  readonly path: string | undefined;
  /** What is done to the path makes no file. */
  readonly makesNoFile: boolean;
  readonly limits: readonly Limit[];
}

/** That an audit rule records some only: of users, programs, arguments. */
export interface Limit {
  /** The audit rule's text. */
  readonly by: string;
  /** The field of the SYSCALL record that tells which, and its value: who looks for just that misses nothing. */
  readonly field?: string;
  readonly value?: string;
}

export interface Recordings {
  readonly recordings: readonly Recording[];
  /** The rule that keeps all system calls from being recorded. */
  readonly switchedOffBy: string | undefined;
  /** Record types that a rule leaves out. */
  readonly excluded: ReadonlySet<string>;
}

/** Reads out of the loaded rules what they record; undefined where they are not known. */
export function recordingsOf({ auditRules, watchedFolders }: Telemetry): Recordings | undefined {
  if (!auditRules) return undefined;
  // Processes that start under this rule are never looked at (Fedora ships it).
  const off = auditRules.find(
    ({ list, action, filters }) => list === 'task' && action === 'never' && filters.length === 0,
  );
  const recorded = auditRules.filter(({ list, action }) => list === 'exit' && action === 'always');
  return {
    recordings: off ? [] : recorded.map((rule) => toRecording(rule, watchedFolders)),
    switchedOffBy: off?.text,
    excluded: new Set(auditRules.flatMap(excludedBy)),
  };
}

function toRecording(rule: AuditRule, folders: ReadonlySet<string>): Recording {
  const { text, calls, keys, path, permissions, architecture, filters } = rule;
  return {
    calls: path === undefined || calls !== 'all' ? named(calls) : new Set([...permissions].flatMap(callsOfPermission)),
    keys,
    path: path !== undefined && folders.has(path) && !path.endsWith('/') ? `${path}/` : path,
    makesNoFile: path !== undefined && !permissions.includes('w'),
    limits: [...(architecture === 'b32' ? [{ by: text }] : []), ...filters.flatMap((filter) => limitOf(filter, text))],
  };
}

function named(calls: AuditRule['calls']): Recording['calls'] {
  return calls === 'all' ? calls : new Set(calls);
}

/** Flags of open, and success, leave out what no rule waits for. */
function limitOf(filter: string, by: string): readonly Limit[] {
  if (filter === 'success=1' || /^a[0-3]&/.test(filter)) return [];
  const [, field, written = ''] = /^(a[0-3]|[a-z]*[ug]id|exe)=(.+)$/.exec(filter) ?? [];
  const value = field === undefined ? undefined : asRecorded(field, written);
  return field === undefined || value === undefined ? [{ by }] : [{ by, field, value }];
}

/** As the record has what the filter says: arguments in hex, no user as 4294967295. */
function asRecorded(field: string, written: string): string | undefined {
  if (field === 'exe') return written;
  if (!field.startsWith('a') || field.endsWith('id')) {
    if (written === '-1') return '4294967295';
    return /^\d+$/.test(written) ? written : undefined;
  }
  return /^(?:\d+|0x[0-9a-f]+)$/i.test(written) ? BigInt(written).toString(16) : undefined;
}

/** The action does not matter in this list (kernel/audit.c audit_filter). */
function excludedBy({ list, filters }: AuditRule): readonly string[] {
  const [only = ''] = filters;
  return list === 'exclude' && filters.length === 1 && only.startsWith('msgtype=')
    ? [only.slice('msgtype='.length)]
    : [];
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** @see include/asm-generic/audit_read.h, audit_write.h, audit_dir_write.h and audit_change_attr.h of the kernel */
const byPermission: Readonly<Record<string, readonly string[]>> = {
  r: words(`open openat openat2 readlink readlinkat quotactl listxattr llistxattr flistxattr listxattrat getxattr lgetxattr
            fgetxattr getxattrat`),
  w: words(`open openat openat2 creat truncate truncate64 ftruncate ftruncate64 fallocate rename renameat renameat2 mkdir
            mkdirat rmdir link linkat unlink unlinkat symlink symlinkat mknod mknodat acct swapon quotactl bind`),
  x: ['execve', 'execveat'],
  a: words(`chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 lchown lchown32 fchownat setxattr lsetxattr
            fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat link linkat`),
};

function callsOfPermission(letter: string): readonly string[] {
  return byPermission[letter] ?? [];
}
