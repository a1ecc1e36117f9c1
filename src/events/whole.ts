import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import { endedRegularly } from './argv.ts';
import { execOutcome } from './exec-outcome.ts';

/**
 * Whether an event has all the records that it announces, as far as they tell: so that a source which may drop records
 * leaves the rest to one which does not.
 */
export function isWhole(event: AuditEvent): boolean {
  const { records, completedBy } = event;
  if (completedBy === 'single') return true;
  if (!endedRegularly(event)) return false;
  const syscall = records.find(({ type }) => type === 'SYSCALL');
  if (!syscall || syscall.cut) return false;
  const items = Number(syscall.get('items') ?? 0);
  if (items > 0 && (count(records, 'PATH') < items || count(records, 'CWD') === 0)) return false;
  if (takesAddress.has(syscall.get('SYSCALL') ?? '')) return count(records, 'SOCKADDR') > 0;
  return execOutcome(event) !== 'incomplete';
}

/** Calls that have the kernel write the address that a program gave. */
const takesAddress: ReadonlySet<string> = new Set(['connect', 'bind', 'sendto']);

function count(records: readonly AuditRecord[], wanted: string): number {
  let found = 0;
  for (const { type } of records) if (type === wanted) found++;
  return found;
}
