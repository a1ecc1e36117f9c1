import { readFile } from 'node:fs/promises';
import type { Delivery } from './delivery/deliver.ts';
import type { Logger } from './host/logger.ts';
import { replaceFile } from './host/replace-file.ts';
import type { Ledger, LedgerState } from './ledger/ledger.ts';
import { readLedgerState } from './ledger/state.ts';
import { createPositionSaver, noOpenEvents, type PositionSaver } from './position-saver.ts';

/** Keeps what was counted of sources that have no position, so that nothing can be read again. */
export interface LedgerFile {
  /** Takes over what the file has; rejects never. */
  restore(): Promise<void>;
  /** See PositionSaver. */
  note: PositionSaver['note'];
  save(): Promise<void>;
}

/** @param unfinished execs that have begun: when the agent is killed, the rest of them comes to nobody, so they are kept as lost */
export function createLedgerFile(
  path: string,
  ledger: Ledger,
  unfinished: () => number,
  delivery: Delivery,
  logger: Logger,
): LedgerFile {
  const place = {
    path,
    position: 0,
    async save(_position: number, _done: readonly string[], counts: unknown): Promise<boolean> {
      await replaceFile(path, JSON.stringify(counts));
      return true;
    },
  };
  const kept = {
    snapshot(): LedgerState {
      const state = ledger.snapshot();
      return { ...state, incomplete: state.incomplete + unfinished() };
    },
  };
  const saver = createPositionSaver(place, noOpenEvents, delivery, logger, kept);
  return {
    async restore() {
      try {
        ledger.restore(readLedgerState(JSON.parse(await readFile(path, 'utf8'))));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
        logger.error({ path, error: String(error) }, 'what was counted before cannot be read; counting begins anew');
      }
    },
    note: saver.note,
    save: saver.save,
  };
}
