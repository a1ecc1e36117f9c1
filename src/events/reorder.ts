import type { AuditEvent } from '../model/audit.ts';

export interface Reorder {
  push(event: AuditEvent): void;
  flush(): void;
}

/** Text that waiting events may hold together; past it the window is shorter. */
const maxWaitingBytes = 64 * 1024 * 1024;

/**
 * Gives out events by time and then serial, looking `window` events ahead: a parent's exec then comes before its
 * children's, in whatever order their lines were written or merged. For replay only, where nobody waits.
 */
export function createReorder(emit: (event: AuditEvent) => void, window: number): Reorder {
  const waiting: AuditEvent[] = [];
  let bytes = 0;
  return {
    push(event) {
      const last = waiting.at(-1);
      if (last && isBefore(event, last)) waiting.splice(placeOf(event, waiting), 0, event);
      else waiting.push(event);
      bytes += bytesOf(event);
      while (waiting.length > window || bytes > maxWaitingBytes) {
        const first = waiting.shift();
        if (!first) break;
        bytes -= bytesOf(first);
        emit(first);
      }
    },
    flush() {
      bytes = 0;
      for (const event of waiting.splice(0)) emit(event);
    },
  };
}

/** Behind all that do not come after it, by halving. */
function placeOf(event: AuditEvent, waiting: readonly AuditEvent[]): number {
  let from = 0;
  let to = waiting.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = waiting[middle];
    if (other && isBefore(event, other)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function isBefore({ id: one }: AuditEvent, { id: other }: AuditEvent): boolean {
  if (one.timestampMs !== other.timestampMs) return one.timestampMs < other.timestampMs;
  if (one.serial !== other.serial) return one.serial < other.serial;
  return (one.node ?? '') < (other.node ?? '');
}

function bytesOf({ records }: AuditEvent): number {
  let bytes = 0;
  for (const { text } of records) bytes += text.length;
  return bytes;
}
