import type { Users } from '../host/users.ts';
import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import type { SigmaEvent } from '../model/sigma-event.ts';
import type { Counter } from '../model/stages.ts';
import { actorFields } from './actor.ts';
import type { KnownFolders } from './known-folders.ts';
import { toInteger, toText } from './text.ts';
import { writtenPaths } from './written-paths.ts';

export const fileEvent = { product: 'linux', category: 'file_event' } as const;

/**
 * One event for each file that the call created or emptied; see written-paths.ts for what counts.
 *
 * @param unnamed counts files whose name the records do not tell, such as the target of a dangling link
 */
export function createFileEvents(
  event: AuditEvent,
  call: AuditRecord,
  { users, folders, unnamed }: { users: Users; folders: KnownFolders; unnamed: Counter },
): readonly SigmaEvent[] {
  if (call.get('success') !== 'yes') return [];
  const events: SigmaEvent[] = [];
  for (const { path, isNew, isGuess } of writtenPaths(event, call, folders)) {
    if (path === undefined) {
      unnamed.add();
      continue;
    }
    const fields = actorFields(call, users);
    fields['TargetFilename'] = toText(path);
    if (isGuess) fields['TargetFilenameInferred'] = 'true';
    if (isNew) fields['CreationUtcTime'] = toUtcTime(event.id.timestampMs);
    events.push({
      id: event.key,
      timestampMs: event.id.timestampMs,
      logsource: fileEvent,
      fields,
      ordinal: events.length + 1,
      node: event.id.node,
      pid: toInteger(call.get('pid')),
      ppid: toInteger(call.get('ppid')),
    });
  }
  return events;
}

/** As Sysmon writes it: `2026-11-24 03:11:33.399`. */
function toUtcTime(timestampMs: number): string {
  return new Date(timestampMs).toISOString().replace('T', ' ').slice(0, -1);
}
