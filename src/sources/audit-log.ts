import { closeSync, readSync } from 'node:fs';
import type { Clock } from '../host/clock.ts';
import type { Counters } from '../host/counters.ts';
import type { Logger } from '../host/logger.ts';
import { SourceError } from '../model/errors.ts';
import { AuditLogTail } from './audit-log-tail.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { createLineSplitter } from './lines.ts';
import { findLog, type OpenLog, openLog, openOldestSince } from './log-files.ts';
import { createStreamMap } from './stream-map.ts';

export interface AuditLogOptions {
  readonly path: string;
  /** Where to begin when there is no checkpoint; `resume` is then `end`. */
  readonly start: 'resume' | 'beginning' | 'end';
  readonly checkpointPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
}

export interface AuditLogReader {
  /** Takes a whole line and its position in the stream of all files read so far. */
  readonly onLine: (line: string, position: number) => void;
  /** Takes the keys of events that an earlier run had done, before the first line. */
  readonly onDone: (keys: readonly string[]) => void;
}

export interface AuditLog {
  /** Follows the log until `signal` aborts; waits while it cannot be read. */
  run(reader: AuditLogReader, signal: AbortSignal): Promise<void>;
  /** The position after the last whole line. */
  readonly position: number;
  readonly state: 'waiting' | 'following';
  /** Makes `position` the place where the next run begins; false while that is unknown, for nothing was opened yet. */
  save(position: number, done: readonly string[]): Promise<boolean>;
}

interface Place {
  readonly file: OpenLog;
  /** `end` is the end of the last whole line. */
  readonly offset: number | 'end';
}

const retryMs = 1000;
const pollMs = 1000;

/** auditd's log, over rotation and restarts. @see auditd.conf(5) */
export function createAuditLog({ path, start, checkpointPath, clock, logger, counters }: AuditLogOptions): AuditLog {
  const torn = counters.counter('audit_log_torn_lines_total');
  const gaps = counters.counter('audit_log_gaps_total');
  const lines = counters.counter('audit_log_lines_total');
  const map = createStreamMap();
  let state: AuditLog['state'] = 'waiting';
  let onLine: AuditLogReader['onLine'] = () => undefined;
  let problem: string | undefined;
  /** Bytes at the end of a file of a line that the next file may continue. */
  let seamBytes = 0;
  const splitter = createLineSplitter(takeLine, () => {
    seamBytes = 0;
    torn.add();
  });

  function takeLine(line: string, position: number): void {
    const rest = seamBytes > 0 ? line.slice(seamBytes) : '';
    // Where the next file begins with a record, the unfinished one was torn.
    const isTorn = rest.startsWith('type=') || rest.startsWith('node=');
    const skipped = isTorn ? seamBytes : 0;
    if (isTorn) torn.add();
    seamBytes = 0;
    lines.add();
    onLine(line.slice(skipped), position + skipped);
  }

  async function follow({ file, offset }: Place, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    let tail: AuditLogTail | undefined;
    let poll: NodeJS.Timeout | undefined;
    try {
      const fileStart = offset === 'end' ? lastLineEnd(file) : offset;
      splitter.drop();
      seamBytes = 0;
      map.begin(splitter.position, fileStart, file);
      state = 'following';
      await new Promise<void>((resolve, reject) => {
        const following = new AuditLogTail(path, file, fileStart, {
          onChunk: takeChunk,
          isUnchanged: () => map.isUnchanged(path),
          onNextFile: ({ file: next, gap }) => beginNext(next, gap),
          onTruncated() {
            logger.warn({ path }, 'the log was truncated; looking for what was copied from it');
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
    if ((gap || splitter.pendingBytes === 0) && splitter.drop() > 0) torn.add();
    seamBytes = splitter.pendingBytes;
    if (gap) reportGap(`went on with ${file.name}: the file before it is gone, and others may be`);
  }

  function reportGap(text: string): void {
    gaps.add();
    logger.error({ path }, `audit events may be lost: ${text}`);
  }

  /** Opens the log where reading broke off in this run or in the last, else where the configuration says. */
  function openPlace(saved: Checkpoint | undefined, existed: boolean, onDone: AuditLogReader['onDone']): Place {
    const here = map.locate(lineEnd());
    const last = here ?? saved;
    if (last) {
      const file = findLog(path, last.file, last.offset);
      if (file) {
        if (!here && saved) onDone(saved.done);
        return { file, offset: last.offset };
      }
      const next = openOldestSince(path, last.file.modifiedMs) ?? openLog(path);
      reportGap('the file that was read last is gone, or was cut');
      return { file: next, offset: 0 };
    }
    const oldest = start === 'beginning' ? openOldestSince(path, Number.NEGATIVE_INFINITY) : undefined;
    const file = oldest ?? openLog(path);
    return { file, offset: existed && start !== 'beginning' ? 'end' : 0 };
  }

  async function loadCheckpoint(): Promise<Checkpoint | undefined> {
    try {
      return await readCheckpoint(checkpointPath);
    } catch (error) {
      gaps.add();
      logger.error(
        { path: checkpointPath, error: String(error) },
        'audit events may be lost: the saved position cannot be used',
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
    logger.warn({ path, reason }, 'the audit log cannot be read; trying again');
  }

  function solved(): void {
    if (problem !== undefined) logger.info({ path }, 'the audit log can be read now');
    problem = undefined;
  }

  return {
    async run(reader, signal) {
      onLine = reader.onLine;
      const saved = await loadCheckpoint();
      let existed = true;
      while (!signal.aborted) {
        try {
          await follow(openPlace(saved, existed, reader.onDone), signal);
        } catch (error) {
          if (!isFromOutside(error)) throw error;
          existed &&= error.code !== 'ENOENT';
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
    async save(position, done) {
      const place = map.locate(position);
      if (!place) return false;
      map.forgetBefore(position);
      await writeCheckpoint(checkpointPath, { ...place, done });
      return true;
    },
  };
}

/** What the file system says, as against a bug. */
function isFromOutside(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof SourceError || (error instanceof Error && 'errno' in error);
}

/** Longest line that is looked for; see lines.ts. */
const maxLineBytes = 65_536;

/** Where the line begins that is being written at the end of a file. */
function lastLineEnd({ fd, size }: OpenLog): number {
  const from = Math.max(0, size - maxLineBytes);
  const end = Buffer.alloc(size - from);
  const bytes = readSync(fd, end, 0, end.length, from);
  return from + end.subarray(0, bytes).lastIndexOf('\n') + 1;
}
