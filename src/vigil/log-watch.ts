import type { LogFileLook, LogLook } from '../host/log-look.ts';

/** What was done to a log that no rotation does. */
export interface LogCut {
  readonly what: 'log_truncated' | 'log_deleted' | 'log_replaced';
  readonly text: string;
  readonly bytesBefore: number;
  readonly bytes: number;
}

/** A rotation has the file away for milliseconds; two looks are a second apart. */
const looksUntilDeleted = 2;
/** Where rotation renames it and whoever writes it begins the next file later, this is long enough. */
const looksUntilAbandoned = 60;

/**
 * Compares one look at a log with the next. Rotation is told from tampering by what it leaves: the file under another
 * name, a copy of it, or younger files that came after it.
 */
export function createLogWatch(): (look: LogLook) => LogCut | undefined {
  let before: LogFileLook | undefined;
  let looksWithout = 0;

  function missing(known: LogFileLook, others: ReturnType<LogLook['others']>): LogCut | undefined {
    looksWithout++;
    const isRenamed = others?.some((other) => isSame(other, known)) ?? false;
    if (looksWithout < (isRenamed || !others ? looksUntilAbandoned : looksUntilDeleted)) return undefined;
    before = undefined;
    const text = isRenamed ? 'the log was rotated and no new one was begun' : 'the log was deleted or moved away';
    return { what: 'log_deleted', text, bytesBefore: known.size, bytes: 0 };
  }

  function compare(known: LogFileLook, file: LogFileLook, others: LogLook['others']): LogCut | undefined {
    const isCut = isSame(file, known) && file.size < known.size;
    if (!isCut && isSame(file, known)) return undefined;
    const beside = others();
    if (!beside || beside.some((other) => isSame(other, known) || isYoungerThan(other, known))) return undefined;
    const sizes = { bytesBefore: known.size, bytes: file.size };
    return isCut
      ? { what: 'log_truncated', text: 'the log was truncated and no copy of it is left', ...sizes }
      : { what: 'log_replaced', text: 'the log was replaced by another file and is gone', ...sizes };
  }

  return ({ file, others }) => {
    const known = before;
    if (!file) return known && missing(known, others());
    before = file;
    looksWithout = 0;
    return known && compare(known, file, others);
  };
}

function isSame(one: LogFileLook, other: LogFileLook): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Changed since, or a copy with its time, which packers keep to the second. */
function isYoungerThan(other: LogFileLook, { modifiedMs }: LogFileLook): boolean {
  return other.modifiedMs >= Math.floor(modifiedMs / 1000) * 1000;
}
