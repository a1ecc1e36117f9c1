import type { AuditRecord, EventId } from '../model/audit.ts';
import { createKernelLosses, type KernelLossState, recordsPerExec } from './kernel-losses.ts';
import { createSerials, type SerialRange, type SerialState, type Serials } from './serials.ts';

/** Exec events since the state folder began, and what is known to be lacking. */
export interface Totals {
  /** Successful execs of which everything came that tells what was started. */
  readonly seen: number;
  /** Execs that are known not to have been seen; the sum of `lostBy`. */
  readonly lost: number;
  readonly lostBy: LostBy;
}

export interface LostBy {
  /** Serials that never came. Where audit rules record other things than execs too, some of these may not have been one. */
  readonly serialGaps: number;
  /** Events of which records or arguments are missing; they were judged all the same, by what there was of them. */
  readonly incomplete: number;
  /** Records that the kernel says it dropped and nothing that is missing explains, as events: an estimate. */
  readonly kernel: number;
}

export interface LedgerState {
  readonly seen: number;
  readonly incomplete: number;
  readonly kernel: KernelLossState;
  /** Lost serials of nodes that are no longer followed. */
  readonly formerNodesLost: number;
  readonly reported: LostBy;
  readonly nodes: readonly (SerialState & { readonly node: string | null })[];
}

/** Serials that were given up, of one node. */
export interface LostSerials extends SerialRange {
  readonly node: string | undefined;
}

export interface Unreported {
  readonly lostBy: LostBy;
  /** Of the serial gaps, the newest. */
  readonly serials: readonly LostSerials[];
}

/**
 * Counts each exec of the kernel once: as seen, or as lost.
 *
 * What it counts is saved together with the reader's position, and what is read again is counted again from there.
 */
export interface Ledger {
  /** Takes each record of the log, before it is assembled. */
  record(record: Pick<AuditRecord, 'id' | 'type'>): void;
  /** Takes each exec event, once no more of it will come. */
  exec(outcome: 'whole' | 'incomplete'): void;
  /** The kernel dropped so many more records. */
  kernelLost(records: number): void;
  /** Called about once a second. */
  tick(): void;
  readonly totals: Totals;
  /** Of this process alone. */
  readonly sinceStart: Pick<Totals, 'seen' | 'lost'>;
  /** Times that the serials began anew, which they do at boot. */
  readonly restarts: number;
  /** What was lost since this was called last, in an earlier run too; it is then taken to be reported. */
  takeUnreported(): Unreported;
  snapshot(): LedgerState;
  /** Goes on from there; before the first record. */
  restore(state: LedgerState): void;
}

interface Node {
  readonly serials: Serials;
  /** Events that had come when its last one did. */
  heardAt: number;
}

/** Hosts whose lines come in one log. */
const maxNodes = 64;

export function createLedger(): Ledger {
  const nodes = new Map<string | undefined, Node>();
  /** Events that have come. */
  let events = 0;
  let seen = 0;
  let incomplete = 0;
  let kernel = createKernelLosses();
  /** Lost serials that `kernel` knows of. */
  let gapsTold = 0;
  let formerNodesLost = 0;
  let reported: LostBy = { serialGaps: 0, incomplete: 0, kernel: 0 };
  let atStart: Pick<Totals, 'seen' | 'lost'> = { seen: 0, lost: 0 };
  let last: EventId | undefined;

  function serialsOf(node: string | undefined): Serials {
    const known = nodes.get(node);
    if (!known && nodes.size >= maxNodes) forgetOne();
    const entry = known ?? { serials: createSerials(), heardAt: 0 };
    if (!known) nodes.set(node, entry);
    entry.heardAt = events++;
    return entry.serials;
  }

  /** The one that was not heard of for longest. */
  function forgetOne(): void {
    const [oldest] = [...nodes].sort(([, one], [, other]) => one.heardAt - other.heardAt);
    if (!oldest) return;
    const [node, { serials }] = oldest;
    formerNodesLost += serials.lost + serials.missing;
    nodes.delete(node);
  }

  function serialGaps(): number {
    let gaps = formerNodesLost;
    for (const { serials } of nodes.values()) gaps += serials.lost;
    return gaps;
  }

  function totals(): Totals {
    tellGaps();
    const dropped = Math.ceil(kernel.unexplained / recordsPerExec);
    return {
      seen,
      lost: gapsTold + incomplete + dropped,
      lostBy: { serialGaps: gapsTold, incomplete, kernel: dropped },
    };
  }

  function tellGaps(): void {
    const gaps = serialGaps();
    if (gaps !== gapsTold) kernel.missed((gaps - gapsTold) * recordsPerExec);
    gapsTold = gaps;
  }

  return {
    record({ id, type }) {
      // The records of an event share its id as an object.
      if (id === last) return;
      // auditd gives its own messages serials of its own, from a random number on.
      if (id.timestampMs === 0 || isOfDaemon(type)) return;
      last = id;
      kernel.event();
      serialsOf(id.node).take(id.serial, id.timestampMs);
    },
    exec(outcome) {
      if (outcome === 'whole') seen++;
      else {
        incomplete++;
        // What it lacks is among what the kernel dropped: a record at least.
        kernel.missed(1);
      }
    },
    kernelLost(records) {
      tellGaps();
      kernel.lost(records);
    },
    tick() {
      for (const { serials } of nodes.values()) serials.tick();
      tellGaps();
    },
    get totals() {
      return totals();
    },
    get sinceStart() {
      const now = totals();
      return { seen: now.seen - atStart.seen, lost: now.lost - atStart.lost };
    },
    get restarts() {
      let restarts = 0;
      for (const { serials } of nodes.values()) restarts += serials.restarts;
      return restarts;
    },
    takeUnreported() {
      const before = reported;
      reported = totals().lostBy;
      return {
        lostBy: {
          serialGaps: Math.max(0, reported.serialGaps - before.serialGaps),
          incomplete: Math.max(0, reported.incomplete - before.incomplete),
          kernel: Math.max(0, reported.kernel - before.kernel),
        },
        serials: [...nodes].flatMap(([node, { serials }]) => serials.takeLost().map((range) => ({ ...range, node }))),
      };
    },
    snapshot: () => ({
      seen,
      incomplete,
      kernel: kernel.snapshot(),
      formerNodesLost,
      reported,
      nodes: [...nodes].map(([node, { serials }]) => ({ node: node ?? null, ...serials.snapshot() })),
    }),
    restore(state) {
      // The kernel may have told of losses before the first line was read.
      const { records } = kernel.snapshot();
      seen = state.seen;
      incomplete = state.incomplete;
      kernel = createKernelLosses(state.kernel);
      formerNodesLost = state.formerNodesLost;
      reported = state.reported;
      nodes.clear();
      for (const { node, ...serials } of state.nodes) {
        nodes.set(node ?? undefined, { serials: createSerials(serials), heardAt: 0 });
      }
      gapsTold = serialGaps();
      last = undefined;
      atStart = totals();
      if (records > 0) kernel.lost(records);
    },
  };
}

/** Types 1200 to 1299. */
function isOfDaemon(type: string): boolean {
  return type.startsWith('DAEMON_') || type.startsWith('UNKNOWN[12');
}
