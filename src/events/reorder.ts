import type { AuditEvent } from '../model/audit.ts';

export interface Reorder {
  push(event: AuditEvent): void;
  flush(): void;
}

/**
 * Gives out events by time and then serial, looking `window` events ahead: a parent's exec then comes before its
 * children's, in whatever order their lines were written or merged. For replay only, where nobody waits.
 */
export function createReorder(emit: (event: AuditEvent) => void, window: number): Reorder {
  const waiting: AuditEvent[] = [];
  return {
    push(event) {
      const place = waiting.findLastIndex((other) => !isBefore(event, other)) + 1;
      waiting.splice(place, 0, event);
      const first = waiting.length > window ? waiting.shift() : undefined;
      if (first) emit(first);
    },
    flush() {
      for (const event of waiting.splice(0)) emit(event);
    },
  };
}

function isBefore({ id: one }: AuditEvent, { id: other }: AuditEvent): boolean {
  return one.timestampMs !== other.timestampMs ? one.timestampMs < other.timestampMs : one.serial < other.serial;
}
