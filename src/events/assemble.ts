import type { AuditEvent, AuditRecord, Completion, EventId } from '../model/audit.ts';
import type { Counter } from '../model/stages.ts';
import { eventKey } from '../text/event-key.ts';
import { createAssumedEvents, createClosedEvents } from './closed-events.ts';
import { createEventIds, isSameId } from './event-ids.ts';
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
  /** Open events as they are by now. */
  openEvents(): readonly AuditEvent[];
  /** Keys of events that are done and of which more may come from `position` on, for a reader that resumes there. */
  doneSince(position: number): readonly string[];
  /** Treats these events as done: their records are dropped. */
  assumeDone(keys: readonly string[], position: number): void;
}

interface Open {
  readonly id: EventId;
  readonly records: AuditRecord[];
  /** Where its first record stands. */
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
  /** In the order of their first records. */
  const open: Open[] = [];
  const openById = createEventIds<Open>();
  const closed = createClosedEvents();
  const assumed = createAssumedEvents();
  let bytes = 0;
  let latest: Open | undefined;
  let closedCount = 0;

  function close(event: Open, completedBy: Completion): void {
    if (open.at(-1) === event) open.pop();
    else open.splice(open.indexOf(event), 1);
    openById.delete(event);
    bytes -= event.bytes;
    if (latest === event) latest = undefined;
    closed.add(event.id, event.position, completedBy === 'proctitle' || completedBy === 'eoe');
    closedCount++;
    assumed.age();
    if (event.records.length > 0) emit(new AssembledEvent(event.id, event.records, completedBy));
  }

  function start(id: EventId, position: number, nowMs: number): Open {
    const event = {
      id,
      records: [],
      position,
      bytes: 0,
      touchedMs: nowMs,
      touchedAt: closedCount,
      syscall: undefined,
      paths: 0,
    };
    openById.add(event);
    open.push(event);
    return event;
  }

  function closeOldest(completedBy: Completion): void {
    const [oldest] = open;
    if (oldest) close(oldest, hasAllItems(oldest) ? 'items' : completedBy);
  }

  /** The open event of this record; undefined where the record belongs to none. */
  function eventOf(record: AuditRecord, position: number, nowMs: number): Open | undefined {
    const { id, type } = record;
    if (latest && isSameId(latest.id, id)) return latest;
    const found = openById.find(id);
    if (!found && closed.has(id)) {
      // EOE always follows PROCTITLE where the source has it; auditd does not write it to its log.
      if (type !== 'EOE') late.add();
      return undefined;
    }
    // What an earlier run had done comes again when a reader resumes.
    if (!found && assumed.has(record)) return undefined;
    if (!found && standsAlone(type)) {
      emit(new AssembledEvent(id, [record], 'single'));
      return undefined;
    }
    latest = found ?? start(id, position, nowMs);
    return latest;
  }

  /** In a log that is read faster than it was written, time says nothing about a record that will not come. */
  function closePassedBy(): void {
    for (let [oldest] = open; oldest && closedCount - oldest.touchedAt > maxPassedBy; [oldest] = open) {
      close(oldest, hasAllItems(oldest) ? 'items' : 'passed');
    }
  }

  return {
    push(record, position, nowMs) {
      const event = eventOf(record, position, nowMs);
      if (!event) return;
      const { type, text } = record;
      if (type === 'EOE') return close(event, 'eoe');
      event.records.push(record);
      event.bytes += text.length;
      bytes += text.length;
      event.touchedMs = nowMs;
      event.touchedAt = closedCount;
      if (type === 'PROCTITLE') return close(event, 'proctitle');
      if (type === 'PATH') event.paths++;
      else if (type === 'SYSCALL') event.syscall = record;
      while (open.length > options.maxOpenEvents || bytes > options.maxOpenBytes) closeOldest('overflow');
      closePassedBy();
    },
    expire(nowMs) {
      for (const event of [...open]) {
        const waitedMs = nowMs - event.touchedMs;
        if (hasAllItems(event) && waitedMs >= options.itemsTimeoutMs) close(event, 'items');
        else if (waitedMs >= options.timeoutMs) close(event, 'timeout');
      }
    },
    flush() {
      while (open.length > 0) closeOldest('flush');
    },
    openEvents: () => open.map(({ id, records }) => new AssembledEvent(id, [...records], 'flush')),
    oldestPosition: () => open[0]?.position,
    doneSince: (position) => [...assumed.since(position), ...closed.since(position)],
    assumeDone: assumed.add,
  };
}

class AssembledEvent implements AuditEvent {
  readonly id: EventId;
  readonly records: readonly AuditRecord[];
  readonly completedBy: Completion;

  constructor(id: EventId, records: readonly AuditRecord[], completedBy: Completion) {
    this.id = id;
    this.records = records;
    this.completedBy = completedBy;
  }

  get key(): string {
    return eventKey(this.id);
  }
}

/** All that a successful exec has, or as many PATH records as announced; BPRM_FCAPS and PROCTITLE may be excluded. */
function hasAllItems({ syscall, paths }: Open): boolean {
  const items = syscall?.get('items');
  return items !== undefined && paths >= Number(items);
}
