import type { Users } from '../host/users.ts';
import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import type { FieldValue, Logsource, SigmaEvent } from '../model/sigma-event.ts';
import type { Counter } from '../model/stages.ts';
import { readImage, userName } from './actor.ts';
import { type Argv, endedRegularly, readArgv } from './argv.ts';
import { isExec, mayBeCheck } from './exec-outcome.ts';
import { createFileEvents, fileEvent } from './file-event.ts';
import type { KnownFolders } from './known-folders.ts';
import { createNetworkConnection, networkConnection } from './network-connection.ts';
import { auditd, createRecordEvents, type IsSilent } from './record-event.ts';
import { scriptPath } from './script.ts';
import { toInteger, toText } from './text.ts';

const processCreation = { product: 'linux', category: 'process_creation' } as const;

export interface NormaliseContext {
  readonly users: Users;
  readonly folders: KnownFolders;
  /** Whether anybody wants events of this logsource; others than process_creation are not built otherwise. */
  readonly wants: (logsource: Logsource) => boolean;
  /** Without it, none is. */
  readonly isSilent?: IsSilent;
  /** Counts exec events that miss arguments or records; they go on all the same. */
  readonly incomplete: Counter;
  /** Counts exec calls that the kernel refused: no process, so no event. */
  readonly failedExecs: Counter;
  /** Counts files that were written under a name that no record tells. */
  readonly unnamed: Counter;
}

/**
 * Turns an audit event into Sigma events: process_creation where it is a successful exec, else, if wanted, file_event
 * and network_connection; then, if wanted, one event a record for `service: auditd` rules.
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
  } else {
    const call = syscall ?? event.records.find(({ type }) => type === 'URINGOP');
    if (call) events.push(...createCallEvents(event, call, context));
  }
  if (context.wants(auditd)) events.push(...createRecordEvents(event, syscall, argv, context.isSilent));
  return events;
}

function createCallEvents(event: AuditEvent, call: AuditRecord, context: NormaliseContext): readonly SigmaEvent[] {
  const has = (wanted: string): boolean => event.records.some(({ type }) => type === wanted);
  if (has('PATH') && context.wants(fileEvent)) {
    const events = createFileEvents(event, call, context);
    if (events.length > 0) return events;
  }
  if (!has('SOCKADDR') || !context.wants(networkConnection)) return [];
  const connection = createNetworkConnection(event, call, context.users);
  return connection ? [connection] : [];
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
  const { image, deleted } = readImage(syscall);
  const args = argv?.argv.map(toText);
  const incomplete = !syscall || !argv || argv.truncated;
  set('Image', image);
  set('CommandLine', args ? args.join(' ') : titleOf(event));
  const cwd = event.records.find(({ type }) => type === 'CWD')?.get('cwd');
  set('CurrentDirectory', textOf(cwd));
  set('ScriptPath', textOf(scriptPath(event.records, argv?.argv, cwd)));
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
  if (deleted) fields['ImageDeleted'] = 'true';
  if (incomplete) {
    counter.add();
    fields['CommandLineTruncated'] = 'true';
  }
  if (syscall && !argv && mayBeCheck(event, syscall)) fields['ExecCheckPossible'] = 'true';
  fields['EventSource'] = 'audit';
  return {
    id: event.key,
    timestampMs: event.id.timestampMs,
    logsource: processCreation,
    fields,
    argv: args,
    openedFiles: () => openedFiles(event),
    node: event.id.node,
    pid: toInteger(syscall?.get('pid')),
    ppid: toInteger(syscall?.get('ppid')),
  };
}

function openedFiles({ records }: AuditEvent): readonly string[] {
  return records.flatMap((record) => {
    const [dev, inode] = record.type === 'PATH' ? [record.get('dev'), record.get('inode')] : [];
    return dev === undefined || inode === undefined ? [] : [`${dev}:${inode}`];
  });
}

function textOf(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : toText(bytes);
}

/** Only where EXECVE is missing: marked as truncated by the caller, for it is short and may be stale. */
function titleOf(event: AuditEvent): string | undefined {
  const title = event.records.find(({ type }) => type === 'PROCTITLE')?.get('proctitle');
  return title === undefined ? undefined : toText(title.replaceAll('\0', ' '));
}
