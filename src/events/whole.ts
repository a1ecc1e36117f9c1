import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import { readArgv } from './argv.ts';

/**
 * Whether an event has all the records that it announces, as far as they tell: so that a source which may drop records
 * leaves the rest to one which does not.
 */
export function isWhole({ records, completedBy }: AuditEvent): boolean {
  if (completedBy === 'single') return true;
  if (completedBy !== 'eoe' && completedBy !== 'proctitle' && completedBy !== 'items') return false;
  const syscall = records.find(({ type }) => type === 'SYSCALL');
  if (!syscall || syscall.cut) return false;
  const items = Number(syscall.get('items') ?? 0);
  if (items > 0 && (count(records, 'PATH') < items || count(records, 'CWD') === 0)) return false;
  const call = syscall.get('SYSCALL');
  if (takesAddress.has(call ?? '')) return count(records, 'SOCKADDR') > 0;
  return !isExec(call) || syscall.get('success') !== 'yes' || hasArguments(records);
}

/** Calls that have the kernel write the address that a program gave. */
const takesAddress: ReadonlySet<string> = new Set(['connect', 'bind', 'sendto']);

function isExec(call: string | undefined): boolean {
  return call === 'execve' || call === 'execveat';
}

function hasArguments(records: readonly AuditRecord[]): boolean {
  const execve = records.filter(({ type }) => type === 'EXECVE');
  return execve.length > 0 && !readArgv(execve, true).truncated;
}

function count(records: readonly AuditRecord[], wanted: string): number {
  let found = 0;
  for (const { type } of records) if (type === wanted) found++;
  return found;
}
