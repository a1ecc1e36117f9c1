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
  /**
   * Notes the present place. It may be saved once all that was read before it is judged, which is when `judged` resolves,
   * and the alerts have settled.
   */
  note(judged?: Promise<void>): Promise<void>;
  /** Saves the newest noted place that can be saved; rejects never. */
  save(): Promise<void>;
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
  /** The oldest one that is not saved, and the newest. */
  let noted: readonly Noted[] = [];
  let saved: string | undefined;
  let failing = false;

  function here(): Place {
    const position = open.oldestPosition() ?? source.position;
    return { position, done: open.doneSince(position), ledger: ledger?.snapshot() };
  }

  function takeSettled(): Noted | undefined {
    const place = noted.findLastIndex(({ settled }) => settled());
    const found = noted[place];
    noted = noted.slice(place + 1);
    return found;
  }

  return {
    async note(judged) {
      const place = here();
      await judged;
      noted = [...noted.slice(0, 1), { ...place, settled: delivery.mark() }];
    },
    async save() {
      const settled = takeSettled();
      if (!settled) return;
      const { position, done, ledger: counts } = settled;
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

interface Place {
  readonly position: number;
  readonly done: readonly string[];
  /** What had been counted when the reader was there. */
  readonly ledger: LedgerState | undefined;
}

interface Noted extends Place {
  readonly settled: () => boolean;
}
