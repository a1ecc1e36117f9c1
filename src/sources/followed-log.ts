import { closeSync, type Stats } from 'node:fs';
import type { Clock } from '../host/clock.ts';
import type { Logger } from '../host/logger.ts';
import { SourceError } from '../model/errors.ts';
import type { Counter } from '../model/stages.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { lineEndBefore, lookAtEnd, type Sight } from './first-sight.ts';
import { createLineSplitter } from './lines.ts';
import { findLog, isSameInode, type OpenLog, openLog, openOldestSince, statIfThere } from './log-files.ts';
import { LogTail } from './log-tail.ts';
import { createStreamMap, type LineOrigin } from './stream-map.ts';

export interface FollowedLogOptions {
  readonly path: string;
  /** Where to begin when there is no checkpoint; `resume` is then `end`. */
  readonly start: 'resume' | 'beginning' | 'end';
  readonly checkpointPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether a text begins as lines of this log do: then the unfinished line before it, in another file, was torn. */
  readonly beginsLine: (text: string) => boolean;
  readonly counts: Readonly<Record<'lines' | 'torn' | 'gaps', Counter>>;
  /** Called when the file was cut, by copytruncate or by who wants to hide something. */
  readonly onTruncated?: (() => void) | undefined;
}

export interface LogReader {
  /** Takes a whole line and its position in the stream of all files read so far. */
  readonly onLine: (line: string, position: number) => void;
  /** Takes the keys of events that an earlier run had done, before the first line. */
  readonly onDone: (keys: readonly string[]) => void;
  /** Takes what was saved with the position, before the first line, wherever that is then. */
  readonly onLedger?: (ledger: unknown) => void;
}

export interface FollowedLog {
  readonly path: string;
  /** Follows the log until `signal` aborts; waits while it cannot be read. */
  run(reader: LogReader, signal: AbortSignal): Promise<void>;
  /** The position after the last whole line. */
  readonly position: number;
  readonly state: 'waiting' | 'following';
  /** There is more to read: the log has grown, or another file has been begun. */
  readonly isBehind: boolean;
  /** Where a line of the current or the file before stands, whatever that is called by now. */
  originOf(position: number): LineOrigin;
  /** Makes `position` the place where the next run begins; false while that is unknown, for nothing was opened yet. */
  save(position: number, done: readonly string[], ledger?: unknown): Promise<boolean>;
}

interface Place {
  readonly file: OpenLog;
  readonly offset: number;
  /** A line may have been under way there, and is then read whole. */
  readonly isInLine?: true;
}

const retryMs = 1000;
const pollMs = 1000;

/** A log that something else writes and rotates, over that and over restarts. */
export function createFollowedLog(options: FollowedLogOptions): FollowedLog {
  const { path, start, checkpointPath, clock, logger, beginsLine, counts, onTruncated } = options;
  const map = createStreamMap();
  let state: FollowedLog['state'] = 'waiting';
  let onLine: LogReader['onLine'] = () => undefined;
  let problem: string | undefined;
  /** Bytes at the end of a file of a line that the next file may continue. */
  let seamBytes = 0;
  const splitter = createLineSplitter(takeLine, () => {
    seamBytes = 0;
    counts.torn.add();
  });

  function takeLine(line: string, position: number): void {
    const rest = seamBytes > 0 ? line.slice(seamBytes) : '';
    const isTorn = rest !== '' && beginsLine(rest);
    const skipped = isTorn ? seamBytes : 0;
    if (isTorn) counts.torn.add();
    seamBytes = 0;
    counts.lines.add();
    onLine(line.slice(skipped), position + skipped);
  }

  async function follow({ file, offset, isInLine }: Place, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    let tail: LogTail | undefined;
    let poll: NodeJS.Timeout | undefined;
    try {
      const fileStart = isInLine ? lineEndBefore(file, offset) : offset;
      splitter.drop();
      seamBytes = 0;
      map.begin(splitter.position, fileStart, file);
      state = 'following';
      await new Promise<void>((resolve, reject) => {
        const following = new LogTail(path, file, fileStart, {
          onChunk: takeChunk,
          isUnchanged: () => map.isUnchanged(path),
          onNextFile: ({ file: next, gap }) => beginNext(next, gap),
          onTruncated() {
            logger.warn({ path }, 'the log was truncated; looking for what was copied from it');
            onTruncated?.();
            resolve();
          },
          onError: reject,
        });
        tail = following;
        poll = setInterval(() => following.poll(), pollMs).unref();
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { signal: ended.signal });
      });
    } finally {
      ended.abort();
      clearInterval(poll);
      if (tail) tail.close();
      else closeSync(file.fd);
      state = 'waiting';
    }
  }

  function takeChunk(chunk: Buffer): void {
    solved();
    map.take(chunk);
    splitter.push(chunk);
  }

  function beginNext(file: OpenLog, gap: boolean): void {
    map.begin(splitter.position, 0, file);
    // A line that is too long to be read, or whose next file is gone, does not go on here.
    if ((gap || splitter.pendingBytes === 0) && splitter.drop() > 0) counts.torn.add();
    seamBytes = splitter.pendingBytes;
    if (gap) reportGap(`went on with ${file.name}: the file before it is gone, and others may be`);
  }

  function reportGap(text: string): void {
    counts.gaps.add();
    logger.error({ path }, `lines may be lost: ${text}`);
  }

  /** Opens the log where reading broke off in this run or in the last, else where the configuration says. */
  function openPlace(saved: Checkpoint | undefined, seen: Sight | undefined, onDone: LogReader['onDone']): Place {
    const here = map.locate(lineEnd());
    const last = here ?? saved ?? seen;
    if (!last) {
      const oldest = start === 'beginning' ? openOldestSince(path, Number.NEGATIVE_INFINITY) : undefined;
      return { file: oldest ?? openLog(path), offset: 0 };
    }
    // Wherever it goes on, for what was done may have its end there.
    if (last === saved) onDone(saved.done);
    const file = findLog(path, last.file, last.offset);
    if (!file) {
      const next = openOldestSince(path, last.file.modifiedMs) ?? openLog(path);
      reportGap('the file that was read last is gone, or was cut');
      return { file: next, offset: 0 };
    }
    return { file, offset: last.offset, ...(last === seen && { isInLine: true }) };
  }

  async function loadCheckpoint(): Promise<Checkpoint | undefined> {
    try {
      return await readCheckpoint(checkpointPath);
    } catch (error) {
      counts.gaps.add();
      logger.error(
        { path: checkpointPath, error: String(error) },
        'lines may be lost: the saved position cannot be used',
      );
      return undefined;
    }
  }

  function lineEnd(): number {
    return splitter.position - splitter.pendingBytes;
  }

  function reportOnce(reason: string): void {
    if (reason === problem) return;
    problem = reason;
    logger.warn({ path, reason }, 'the log cannot be read; trying again');
  }

  function solved(): void {
    if (problem !== undefined) logger.info({ path }, 'the log can be read now');
    problem = undefined;
  }

  return {
    async run(reader, signal) {
      onLine = reader.onLine;
      const saved = await loadCheckpoint();
      if (saved?.ledger !== undefined) reader.onLedger?.(saved.ledger);
      const seen = saved || start === 'beginning' ? undefined : lookAtEnd(path);
      while (!signal.aborted) {
        try {
          await follow(openPlace(saved, seen, reader.onDone), signal);
        } catch (error) {
          if (!isFromOutside(error)) throw error;
          reportOnce(error.message);
          await clock.sleep(retryMs, signal);
        }
      }
    },
    get position() {
      return lineEnd();
    },
    get state() {
      return state;
    },
    get isBehind() {
      const place = map.locate(splitter.position);
      const log = lookAt(path);
      return place !== undefined && log !== undefined && !(isSameInode(log, place.file) && log.size === place.offset);
    },
    path,
    originOf: map.originOf,
    async save(position, done, ledger) {
      const place = map.locate(position);
      if (!place) return false;
      map.forgetBefore(position);
      await writeCheckpoint(checkpointPath, { ...place, done, ledger });
      return true;
    },
  };
}

/** Undefined too where it may not be looked at: then nobody can tell what is in it. */
function lookAt(path: string): Stats | undefined {
  try {
    return statIfThere(path);
  } catch (error) {
    if (isFromOutside(error)) return undefined;
    throw error;
  }
}

/** What the file system says, as against a bug. */
function isFromOutside(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof SourceError || (error instanceof Error && 'errno' in error);
}
