import type { Users } from '../host/users.ts';
import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import type { FieldValue, SigmaEvent } from '../model/sigma-event.ts';
import type { Counter } from '../model/stages.ts';
import { type Argv, readArgv } from './argv.ts';
import { createRecordEvents } from './record-event.ts';
import { toInteger, toText } from './text.ts';

const processCreation = { product: 'linux', category: 'process_creation' } as const;

export interface NormaliseContext {
  readonly users: Users;
  /** Whether the per-record view is wanted. */
  readonly recordEvents: boolean;
  /** Counts exec events that miss arguments or records; they go on all the same. */
  readonly incomplete: Counter;
  /** Counts exec calls that the kernel refused: no process, so no event. */
  readonly failedExecs: Counter;
}

/**
 * Turns an audit event into Sigma events: process_creation where it is a successful exec, then, if wanted, one event a
 * record for `service: auditd` rules.
 *
 * Fields are Sysmon's for Linux: CommandLine is argv joined by one space, unquoted; Image is the file that runs, never
 * argv[0], which the caller chooses freely. PROCTITLE is no source for either: the kernel caches it, so it may be the
 * previous image's.
 */
export function normalise(event: AuditEvent, context: NormaliseContext): readonly SigmaEvent[] {
  const events: SigmaEvent[] = [];
  const syscall = event.records.find(({ type }) => type === 'SYSCALL');
  const execve = event.records.filter(({ type }) => type === 'EXECVE');
  const argv = execve.length > 0 ? readArgv(execve, endedRegularly(event)) : undefined;
  // EXECVE alone tells of an exec where SYSCALL was lost or has a number or architecture that we do not know.
  if (argv !== undefined || (syscall && isExec(syscall))) {
    if (syscall?.get('success') === 'no') context.failedExecs.add();
    else events.push(toProcessCreation(event, syscall, argv, context));
  }
  if (context.recordEvents) events.push(...createRecordEvents(event, syscall, argv));
  return events;
}

function isExec(syscall: AuditRecord): boolean {
  const name = syscall.get('SYSCALL');
  return name === 'execve' || name === 'execveat';
}

function endedRegularly({ completedBy }: AuditEvent): boolean {
  return completedBy === 'proctitle' || completedBy === 'eoe' || completedBy === 'items';
}

function toProcessCreation(
  event: AuditEvent,
  syscall: AuditRecord | undefined,
  argv: Argv | undefined,
  { users, incomplete: counter }: NormaliseContext,
): SigmaEvent {
  const fields: Record<string, FieldValue> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) fields[name] = value;
  };
  const exe = textOf(syscall?.get('exe'));
  const image = exe?.endsWith(deletedSuffix) ? exe.slice(0, -deletedSuffix.length) : exe;
  const args = argv?.argv.map(toText);
  const incomplete = !syscall || !argv || argv.truncated;
  set('Image', image);
  set('CommandLine', args ? args.join(' ') : titleOf(event));
  set('CurrentDirectory', textOf(event.records.find(({ type }) => type === 'CWD')?.get('cwd')));
  set('User', userName(syscall, 'UID', 'uid', users));
  set('LogonId', syscall?.get('uid'));
  set('ProcessId', syscall?.get('pid'));
  set('ParentProcessId', syscall?.get('ppid'));
  set('TerminalSessionId', syscall?.get('ses'));
  const tty = syscall?.get('tty');
  set('Tty', tty === '(none)' ? undefined : tty);
  set('Auid', syscall?.get('auid'));
  if (syscall && syscall.get('euid') !== syscall.get('uid'))
    set('EffectiveUser', userName(syscall, 'EUID', 'euid', users));
  if (image !== exe) fields['ImageDeleted'] = 'true';
  if (incomplete) {
    counter.add();
    fields['CommandLineTruncated'] = 'true';
  }
  fields['EventSource'] = 'audit';
  return {
    id: event.key,
    timestampMs: event.id.timestampMs,
    logsource: processCreation,
    fields,
    argv: args,
    node: event.id.node,
    pid: toInteger(syscall?.get('pid')),
    ppid: toInteger(syscall?.get('ppid')),
  };
}

/** The kernel's mark for a path whose file is gone (d_path). */
const deletedSuffix = ' (deleted)';

function textOf(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : toText(bytes);
}

/** Only where EXECVE is missing: marked as truncated by the caller, for it is short and may be stale. */
function titleOf(event: AuditEvent): string | undefined {
  const title = event.records.find(({ type }) => type === 'PROCTITLE')?.get('proctitle');
  return title === undefined ? undefined : toText(title.replaceAll('\0', ' '));
}

/** The name that auditd wrote (ENRICHED), which knows more directories than passwd; else passwd's. */
function userName(syscall: AuditRecord | undefined, enriched: string, plain: string, users: Users): string | undefined {
  const name = textOf(syscall?.get(enriched));
  if (name !== undefined && name !== 'unset' && !name.startsWith('unknown(')) return name;
  const uid = syscall?.get(plain);
  return uid === undefined ? undefined : users.name(uid);
}
