/** What has to be known to go on in another process. */
export interface KernelLossState {
  readonly records: number;
  readonly explained: number;
  /** Waiting to be set against each other: records, and how many events have come since. */
  readonly open: Nearby;
  readonly missing: Nearby;
}

interface Nearby {
  readonly records: number;
  readonly events: number;
}

/** Records that the kernel says it dropped, less those that are known to be missing: no exec is to be lost twice. */
export interface KernelLosses {
  /** The kernel dropped so many more records. */
  lost(records: number): void;
  /** So many records are missing; below 0, so many came after all. */
  missed(records: number): void;
  /** An event came. */
  event(): void;
  /** Dropped records of which nothing is known to be missing. */
  readonly unexplained: number;
  snapshot(): KernelLossState;
}

/** SYSCALL, EXECVE, CWD, two PATH and PROCTITLE: what one exec of a dynamic program has. */
export const recordsPerExec = 6;

/**
 * Where a record is dropped for want of room, before it has a serial, there is no gap. Where it is dropped later, from the
 * queue for an auditd that is away or does not read, there is one, and the kernel counts the record as well (F34). After
 * such a queue comes what was in it, at most its limit (auditctl -b; some ten thousand events), and then the gap.
 */
const nearEvents = 65_536;

const none: KernelLossState = {
  records: 0,
  explained: 0,
  open: { records: 0, events: 0 },
  missing: { records: 0, events: 0 },
};

/**
 * Sets dropped records and missing ones against each other that are found within `nearEvents` events. A log that was
 * rotated away unread in between explains them too, so the number is the least that the kernel has lost besides.
 *
 * @param state of an earlier run, which goes on here
 */
export function createKernelLosses(state: KernelLossState = none): KernelLosses {
  let { records, explained, open, missing } = state;
  let events = 0;

  function settle(): void {
    open = near(open);
    missing = near(missing);
    events = 0;
    const both = Math.min(open.records, missing.records);
    explained += both;
    open = { ...open, records: open.records - both };
    missing = { ...missing, records: missing.records - both };
  }

  function near(one: Nearby): Nearby {
    const passed = one.events + events;
    return one.records > 0 && passed <= nearEvents ? { ...one, events: passed } : { records: 0, events: 0 };
  }

  return {
    lost(more) {
      settle();
      records += more;
      open = { records: open.records + more, events: 0 };
      settle();
    },
    missed(more) {
      settle();
      missing = { records: Math.max(0, missing.records + more), events: 0 };
      settle();
    },
    event() {
      events++;
    },
    get unexplained() {
      return records - explained;
    },
    snapshot() {
      settle();
      return { records, explained, open, missing };
    },
  };
}
