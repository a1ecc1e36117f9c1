import type { AuditRecord, EventId } from '../model/audit.ts';
import { eventKey } from '../text/event-key.ts';

/** Closed events that are remembered, to know a late record when it comes. */
const maxClosed = 4096;
/** Of those that were closed without an end: what comes of them comes soon, and they are saved with each position. */
const maxUnended = 64;

export interface ClosedEvents {
  /**
   * @param position where the event's first record stands
   * @param isEnded nothing more of it can come
   */
  add(id: EventId, position: number, isEnded: boolean): void;
  has(id: EventId): boolean;
  /**
   * Keys of those that began at or after `position`, the oldest first; before them the latest that were closed without
   * an end, wherever they began, since their end may still come.
   */
  since(position: number): readonly string[];
}

/**
 * The last events that were closed, in a ring, and found by their serial.
 *
 * As numbers in arrays, since an object for each would live just long enough for V8 to copy it twice; and a Map from
 * which the oldest are taken passes over all that were taken before.
 */
export function createClosedEvents(): ClosedEvents {
  const serials = new Float64Array(maxClosed);
  const timesMs = new Float64Array(maxClosed);
  const positions = new Float64Array(maxClosed);
  const nodes: (string | undefined)[] = [];
  const unended: { readonly id: EventId; readonly position: number }[] = [];
  /** The latest place of those whose serials end alike, and by place the one before it; -1 for none. */
  const latest = new Int32Array(maxClosed).fill(-1);
  const before = new Int32Array(maxClosed).fill(-1);
  let count = 0;

  function forget(place: number): void {
    const ending = (serials[place] ?? 0) % maxClosed;
    let at = latest[ending] ?? -1;
    // It is the oldest of all, so the last of these.
    if (at === place) latest[ending] = -1;
    while (at >= 0 && before[at] !== place) at = before[at] ?? -1;
    if (at >= 0) before[at] = -1;
  }

  function idAt(place: number): EventId {
    return { node: nodes[place], timestampMs: timesMs[place] ?? 0, serial: serials[place] ?? 0 };
  }

  return {
    add(id, position, isEnded) {
      const { node, timestampMs, serial } = id;
      if (!isEnded && unended.push({ id, position }) > maxUnended) unended.shift();
      const place = count++ % maxClosed;
      if (count > maxClosed) forget(place);
      serials[place] = serial;
      timesMs[place] = timestampMs;
      positions[place] = position;
      nodes[place] = node;
      const ending = serial % maxClosed;
      before[place] = latest[ending] ?? -1;
      latest[ending] = place;
    },
    has({ node, timestampMs, serial }) {
      for (let at = latest[serial % maxClosed] ?? -1; at >= 0; at = before[at] ?? -1) {
        if (serials[at] === serial && timesMs[at] === timestampMs && nodes[at] === node) return true;
      }
      return false;
    },
    since(position) {
      const keys = unended.filter((event) => event.position < position).map(({ id }) => eventKey(id));
      for (let nth = Math.max(0, count - maxClosed); nth < count; nth++) {
        const place = nth % maxClosed;
        if ((positions[place] ?? 0) >= position) keys.push(eventKey(idAt(place)));
      }
      return keys;
    },
  };
}

/** What an earlier run had done: events whose records come again when a reader resumes. */
export interface AssumedEvents {
  add(keys: readonly string[], position: number): void;
  has(record: AuditRecord): boolean;
  since(position: number): readonly string[];
  /** Another event was closed. Once as many were as are remembered, those of the earlier run are forgotten. */
  age(): void;
}

export function createAssumedEvents(): AssumedEvents {
  const positions = new Map<string, number>();
  let age = 0;
  return {
    add(keys, position) {
      for (const key of keys) if (positions.size < maxClosed) positions.set(key, position);
    },
    has: (record) => positions.size > 0 && positions.has(record.key),
    since: (position) => [...positions].filter(([, began]) => began >= position).map(([key]) => key),
    age() {
      if (positions.size > 0 && ++age >= maxClosed) positions.clear();
    },
  };
}
