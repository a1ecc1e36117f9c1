import type { Delivery } from './delivery/deliver.ts';
import type { Logger } from './host/logger.ts';
import type { Intake } from './intake.ts';
import type { Ledger, LedgerState } from './ledger/ledger.ts';
import type { FollowedLog } from './sources/followed-log.ts';

/** Events that have begun at a position and wait for more. */
export type OpenEvents = Pick<Intake['assembler'], 'oldestPosition' | 'doneSince'>;

/** Of a log whose lines are events each on its own. */
export const noOpenEvents: OpenEvents = { oldestPosition: () => undefined, doneSince: () => [] };

export interface PositionSaver {
  /** Saves what can be saved now; rejects never. */
  tick(): Promise<void>;
}

/**
 * Moves a log's saved position only past alerts that have arrived or were given up, so that a crash repeats alerts
 * (under the same id) and loses none. With a spool on disk, being spooled will be enough.
 */
export function createPositionSaver(
  source: Pick<FollowedLog, 'path' | 'position' | 'save'>,
  open: OpenEvents,
  delivery: Delivery,
  logger: Logger,
  ledger?: Pick<Ledger, 'snapshot'>,
): PositionSaver {
  let next = snapshot();
  let saved: string | undefined;
  let failing = false;

  function snapshot(): Snapshot {
    const position = open.oldestPosition() ?? source.position;
    return { position, done: open.doneSince(position), ledger: ledger?.snapshot(), settled: delivery.mark() };
  }

  /** The newest state behind which no alert is under way; where none waits, that is the present one. */
  function takeSettled(): Snapshot {
    const settled = next;
    next = snapshot();
    return next.settled() ? next : settled;
  }

  return {
    async tick() {
      if (!next.settled()) return;
      const { position, done, ledger: counts } = takeSettled();
      // While an old event is open the position stands still, and events behind it get done.
      const state = `${position} ${done.length} ${done.at(-1)} ${JSON.stringify(counts)}`;
      if (state === saved) return;
      try {
        // Until the log has been opened there is nothing to save.
        if (await source.save(position, done, counts)) saved = state;
        if (failing) logger.warn({ path: source.path }, 'the position in the log is saved again');
        failing = false;
      } catch (error) {
        if (!failing)
          logger.error({ path: source.path, error: String(error) }, 'the position in the log cannot be saved');
        failing = true;
      }
    },
  };
}

interface Snapshot {
  readonly position: number;
  readonly done: readonly string[];
  /** What had been counted when the reader was there. */
  readonly ledger: LedgerState | undefined;
  readonly settled: () => boolean;
}
