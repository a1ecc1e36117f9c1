import type { Users } from '../host/users.ts';
import type { AuditRecord } from '../model/audit.ts';
import type { FieldValue } from '../model/sigma-event.ts';
import { toText } from './text.ts';

/** Who made a system call, in Sysmon's words; `call` is its SYSCALL record, or URINGOP where io_uring did the work. */
export function actorFields(call: AuditRecord, users: Users): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) fields[name] = value;
  };
  set('Image', readImage(call).image);
  set('User', userName(call, 'UID', 'uid', users));
  set('LogonId', call.get('uid'));
  set('ProcessId', call.get('pid'));
  set('ParentProcessId', call.get('ppid'));
  set('TerminalSessionId', call.get('ses'));
  set('Auid', call.get('auid'));
  fields['EventSource'] = 'audit';
  return fields;
}

/** The file that runs, and whether it was deleted meanwhile. */
export function readImage(call: AuditRecord | undefined): { readonly image: string | undefined; deleted: boolean } {
  const bytes = call?.get('exe');
  if (bytes === undefined) return { image: undefined, deleted: false };
  const exe = toText(bytes);
  const deleted = exe.endsWith(deletedSuffix);
  return { image: deleted ? exe.slice(0, -deletedSuffix.length) : exe, deleted };
}

/** The kernel's mark for a path whose file is gone (d_path). */
const deletedSuffix = ' (deleted)';

/** The name that auditd wrote (ENRICHED), which knows more directories than passwd; else passwd's. */
export function userName(
  call: AuditRecord | undefined,
  enriched: string,
  plain: string,
  users: Users,
): string | undefined {
  const bytes = call?.get(enriched);
  const name = bytes === undefined ? undefined : toText(bytes);
  if (name !== undefined && name !== 'unset' && !name.startsWith('unknown(')) return name;
  const uid = call?.get(plain);
  return uid === undefined ? undefined : users.name(uid);
}
