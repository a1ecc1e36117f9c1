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
  /** Of each that waits; its records are looked at once only. */
  const sizes: number[] = [];
  let bytes = 0;
  return {
    push(event) {
      const last = waiting.at(-1);
      const place = last && isBefore(event, last) ? placeOf(event, waiting) : waiting.length;
      const size = bytesOf(event);
      insert(waiting, place, event);
      insert(sizes, place, size);
      bytes += size;
      while (waiting.length > window || bytes > maxWaitingBytes) {
        const first = waiting.shift();
        if (!first) break;
        bytes -= sizes.shift() ?? 0;
        emit(first);
      }
    },
    flush() {
      bytes = 0;
      sizes.length = 0;
      for (const event of waiting.splice(0)) emit(event);
    },
  };
}

function insert<T>(list: T[], place: number, entry: T): void {
  if (place === list.length) list.push(entry);
  else list.splice(place, 0, entry);
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
