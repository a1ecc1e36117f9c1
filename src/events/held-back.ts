import type { AuditEvent } from '../model/audit.ts';

/** Events that a better source may still bring. */
export interface HeldBack {
  push(event: AuditEvent, nowMs: number): void;
  /** Gives out those whose time is over. */
  expire(nowMs: number): void;
  /** Gives out all of them, at the end. */
  flush(): void;
  readonly size: number;
  readonly events: readonly AuditEvent[];
}

const maxEvents = 1024;

/**
 * Keeps events for `forMs` of monotonic time and then gives them out; past 1,024 the oldest at once.
 *
 * @param release decides by then whether they are still wanted
 */
export function createHeldBack(release: (event: AuditEvent) => void, forMs: number): HeldBack {
  const waiting: { readonly event: AuditEvent; readonly dueMs: number }[] = [];

  function releaseOldest(): void {
    const oldest = waiting.shift();
    if (oldest) release(oldest.event);
  }

  return {
    push(event, nowMs) {
      waiting.push({ event, dueMs: nowMs + forMs });
      if (waiting.length > maxEvents) releaseOldest();
    },
    expire(nowMs) {
      while ((waiting[0]?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) releaseOldest();
    },
    flush() {
      while (waiting.length > 0) releaseOldest();
    },
    get events() {
      return waiting.map(({ event }) => event);
    },
    get size() {
      return waiting.length;
    },
  };
}
