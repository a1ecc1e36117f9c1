import type { AuditEvent, AuditRecord, Completion } from '../model/audit.ts';
import type { Counter } from '../model/stages.ts';
import { standsAlone } from './record-types.ts';

export interface AssembleOptions {
  /** How long a started event may wait for its next record, in monotonic milliseconds. */
  readonly timeoutMs: number;
  /** The same once everything that its SYSCALL record announces has come and only an end marker is missing. */
  readonly itemsTimeoutMs: number;
  /** Events that may be open at once; past it the oldest is closed as it is. */
  readonly maxOpenEvents: number;
  /** Bytes of text that open events may hold together. */
  readonly maxOpenBytes: number;
}

export const assembleDefaults: AssembleOptions = {
  timeoutMs: 2000,
  itemsTimeoutMs: 100,
  maxOpenEvents: 4096,
  maxOpenBytes: 64 * 1024 * 1024,
};

/**
 * The kernel writes the records of an event in one go, so few events come between them. Also bounds how many events are
 * done behind the oldest open one, all of which are remembered and saved with the reader's position.
 */
const maxPassedBy = 1024;

/** Ids of closed events that are remembered, to know a late record when it comes. */
const maxClosed = 4096;

export interface Assembler {
  /**
   * Takes a record and calls `emit` for each event that it completes.
   *
   * @param position where the record stands in its source; what `oldestPosition` answers with
   * @param nowMs monotonic
   */
  push(record: AuditRecord, position: number, nowMs: number): void;
  /** Closes what has waited too long. */
  expire(nowMs: number): void;
  /** Closes everything. */
  flush(): void;
  /** Where the first record of the oldest open event stands; undefined when none is open. */
  oldestPosition(): number | undefined;
  /** Keys of events that are done although they began at or after `position`, for a reader that resumes there. */
  doneSince(position: number): readonly string[];
  /** Treats these events as done: their records are dropped. */
  assumeDone(keys: readonly string[], position: number): void;
}

interface Open {
  readonly key: string;
  readonly records: AuditRecord[];
  readonly position: number;
  bytes: number;
  touchedMs: number;
  /** Events that had been closed by then. */
  touchedAt: number;
  /** Announces how many PATH records there are. */
  syscall: AuditRecord | undefined;
  paths: number;
}

/**
 * Groups records that share one event id.
 *
 * Records of different events interleave (one kernel queue for each CPU). An event is complete at EOE, at PROCTITLE,
 * or once all PATH records that SYSCALL's `items` announces have come and nothing follows for a moment; otherwise
 * after a time-out of monotonic time, since the event's own time may lie far back (a system call that blocked).
 *
 * @param late counts records that came after their event was closed; they are dropped
 * @see auditd.conf(5) end_of_event_timeout; audit-userspace common/common.c audit_is_last_record
 */
export function createAssembler(emit: (event: AuditEvent) => void, options: AssembleOptions, late: Counter): Assembler {
  const open = new Map<string, Open>();
  const closed = createClosedEvents();
  let bytes = 0;
  let latest: Open | undefined;
  let closedCount = 0;

  function close(event: Open, completedBy: Completion): void {
    open.delete(event.key);
    bytes -= event.bytes;
    if (latest === event) latest = undefined;
    closed.add(event.key, event.position);
    closedCount++;
    const [first] = event.records;
    if (first) emit({ id: first.id, key: event.key, records: event.records, completedBy });
  }

  function start(key: string, position: number, nowMs: number): Open {
    const event = {
      key,
      records: [],
      position,
      bytes: 0,
      touchedMs: nowMs,
      touchedAt: closedCount,
      syscall: undefined,
      paths: 0,
    };
    open.set(key, event);
    return event;
  }

  function closeOldest(completedBy: Completion): void {
    for (const event of open.values()) {
      close(event, hasAllItems(event) ? 'items' : completedBy);
      return;
    }
  }

  /** In a log that is read faster than it was written, time says nothing about a record that will not come. */
  function closePassedBy(): void {
    for (const event of open.values()) {
      if (closedCount - event.touchedAt <= maxPassedBy) return;
      close(event, hasAllItems(event) ? 'items' : 'passed');
    }
  }

  return {
    push(record, position, nowMs) {
      const { key, type } = record;
      if (latest?.key !== key) {
        const known = open.get(key);
        if (!known && closed.has(key)) {
          // EOE always follows PROCTITLE where the source has it (auditd does not write it to its log), and what an
          // earlier run had done comes again when a reader resumes.
          if (type !== 'EOE' && !closed.isAssumed(key)) late.add();
          return;
        }
        if (!known && standsAlone(type)) {
          emit({ id: record.id, key, records: [record], completedBy: 'single' });
          return;
        }
        latest = known ?? start(key, position, nowMs);
      }
      const event = latest;
      if (type === 'EOE') return close(event, 'eoe');
      event.records.push(record);
      event.bytes += record.text.length;
      bytes += record.text.length;
      event.touchedMs = nowMs;
      event.touchedAt = closedCount;
      if (type === 'PROCTITLE') return close(event, 'proctitle');
      if (type === 'PATH') event.paths++;
      else if (type === 'SYSCALL') event.syscall = record;
      while (open.size > options.maxOpenEvents || bytes > options.maxOpenBytes) closeOldest('overflow');
      closePassedBy();
    },
    expire(nowMs) {
      for (const event of [...open.values()]) {
        const waitedMs = nowMs - event.touchedMs;
        if (hasAllItems(event) && waitedMs >= options.itemsTimeoutMs) close(event, 'items');
        else if (waitedMs >= options.timeoutMs) close(event, 'timeout');
      }
    },
    flush() {
      while (open.size > 0) closeOldest('flush');
    },
    oldestPosition() {
      // Insertion order is the order of first records.
      for (const { position } of open.values()) return position;
      return undefined;
    },
    doneSince: closed.since,
    assumeDone(keys, position) {
      for (const key of keys) closed.assume(key, position);
    },
  };
}

/** All that a successful exec has, or as many PATH records as announced; BPRM_FCAPS and PROCTITLE may be excluded. */
function hasAllItems({ syscall, paths }: Open): boolean {
  const items = syscall?.get('items');
  return items !== undefined && paths >= Number(items);
}

interface ClosedEvents {
  add(key: string, position: number): void;
  /** The same for what was done before. */
  assume(key: string, position: number): void;
  has(key: string): boolean;
  isAssumed(key: string): boolean;
  /** Keys of those that began at or after `position`. */
  since(position: number): readonly string[];
}

/** The last `maxClosed` events, in a ring: taking the oldest from a Map would pass over all that were taken before. */
function createClosedEvents(): ClosedEvents {
  const positions = new Map<string, number>();
  const ring: string[] = [];
  const assumed = new Set<string>();
  let next = 0;

  function add(key: string, position: number): void {
    if (!positions.has(key)) {
      const oldest = ring[next];
      if (oldest !== undefined) positions.delete(oldest);
      if (oldest !== undefined) assumed.delete(oldest);
      ring[next] = key;
      next = (next + 1) % maxClosed;
    }
    positions.set(key, position);
  }

  return {
    add,
    assume(key, position) {
      add(key, position);
      assumed.add(key);
    },
    has: (key) => positions.has(key),
    isAssumed: (key) => assumed.has(key),
    since: (position) => [...positions].filter(([, began]) => began >= position).map(([key]) => key),
  };
}
