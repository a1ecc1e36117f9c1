import { fstatSync } from 'node:fs';
import type { Clock } from '../host/clock.ts';
import type { Counters } from '../host/counters.ts';
import type { Logger } from '../host/logger.ts';
import { AuditLogTail } from './audit-log-tail.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { createLineSplitter } from './lines.ts';
import { closeFile, findFile, logFiles, openFile, statIfThere } from './log-files.ts';
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
  /** Makes `position` the place where the next run begins. */
  save(position: number, done: readonly string[]): Promise<void>;
}

/** Where to begin; `ino` guards against a rotation between finding a file and opening it. */
interface Start {
  readonly name: string;
  readonly offset: number;
  readonly ino: number | undefined;
}

const retryMs = 1000;
const pollMs = 1000;
const stopMs = 1000;

/** auditd's log, over rotation and restarts. @see auditd.conf(5) */
export function createAuditLog({ path, start, checkpointPath, clock, logger, counters }: AuditLogOptions): AuditLog {
  const torn = counters.counter('audit_log_torn_lines_total');
  const gaps = counters.counter('audit_log_gaps_total');
  const lines = counters.counter('audit_log_lines_total');
  const map = createStreamMap();
  let state: AuditLog['state'] = 'waiting';
  let onLine: AuditLogReader['onLine'] = () => undefined;
  let tail: AuditLogTail | undefined;
  let lastProblem: string | undefined;
  const splitter = createLineSplitter(
    (line, position) => {
      lines.add();
      onLine(line, position);
    },
    () => torn.add(),
  );

  async function follow({ name, offset, ino }: Start, signal: AbortSignal): Promise<void> {
    let current = true;
    let firstChunk = false;
    const begin = (fileStart: number): void => {
      map.begin(splitter.position, fileStart);
      firstChunk = true;
    };
    const following = new AuditLogTail(path, {
      onChunk(chunk) {
        if (!current) return;
        // A line may go on in the next file; where that begins with a record, the unfinished one was torn.
        if (firstChunk && beginsRecord(chunk) && splitter.drop() > 0) torn.add();
        firstChunk = false;
        splitter.push(chunk);
      },
      onLeave: (fd) => map.identifyCurrent(fd),
      onNextFile(next, gap) {
        begin(0);
        if (gap) reportGap(`went on with ${next}: the file before it is gone, and others may be`);
      },
      onTruncated() {
        begin(0);
        logger.warn({ path }, 'the log was truncated; going on from its start');
      },
    });
    tail = following;
    splitter.drop();
    begin(offset);
    following.startPos = offset;
    const poll = setInterval(() => following.poll(), pollMs);
    poll.unref();
    try {
      await new Promise<void>((resolve, reject) => {
        following.on('error', reject);
        following.once('ready', (fd: number) => {
          following.ino = fstatSync(fd).ino;
          current = ino === undefined || following.ino === ino;
          if (current) state = 'following';
          else reject(new Error('the log was rotated while it was opened'));
        });
        signal.addEventListener('abort', () => resolve(), { once: true });
        following.start(name);
      });
    } finally {
      clearInterval(poll);
      state = 'waiting';
      if (current) await map.identifyCurrent(following.fd);
      current = false;
      tail = undefined;
      await Promise.race([following.stop(), clock.sleep(stopMs)]);
    }
  }

  function reportGap(text: string): void {
    gaps.add();
    logger.error({ path }, `audit events may be lost: ${text}`);
  }

  /** Where reading broke off in this run or in the last, else where the configuration says. */
  async function locate(existed: boolean, onDone: AuditLogReader['onDone']): Promise<Start> {
    const here = map.locate(lineEnd());
    const last: Checkpoint | undefined = here ? { ...here, done: [] } : await loadCheckpoint();
    if (last) {
      const found = await findFile(path, last.file, last.offset);
      if (found) {
        onDone(last.done);
        return { ...found, offset: last.offset };
      }
      reportGap('the file that was read last has been rotated away');
    }
    if (!last && existed && start !== 'beginning') {
      const end = await statIfThere(path);
      return { name: path, offset: end?.size ?? 0, ino: end?.ino };
    }
    const name = (await logFiles(path)).at(-1) ?? path;
    return { name, offset: 0, ino: (await statIfThere(name))?.ino };
  }

  async function loadCheckpoint(): Promise<Checkpoint | undefined> {
    try {
      return await readCheckpoint(checkpointPath);
    } catch (error) {
      logger.error({ path: checkpointPath, error: String(error) }, 'the saved position cannot be used');
      return undefined;
    }
  }

  function lineEnd(): number {
    return splitter.position - splitter.pendingBytes;
  }

  /** @returns whether the log was there at once */
  async function waitUntilReadable(signal: AbortSignal): Promise<boolean> {
    let existed = true;
    while (!signal.aborted) {
      try {
        await closeFile(await openFile(path, 'r'));
        if (lastProblem !== undefined) logger.info({ path }, 'the audit log can be read now');
        lastProblem = undefined;
        break;
      } catch (error) {
        existed = false;
        reportOnce(String(error));
        await clock.sleep(retryMs, signal);
      }
    }
    return existed;
  }

  function reportOnce(problem: string): void {
    if (problem === lastProblem) return;
    lastProblem = problem;
    logger.warn({ path, reason: problem }, 'the audit log cannot be read; waiting for it');
  }

  return {
    async run(reader, signal) {
      onLine = reader.onLine;
      while (!signal.aborted) {
        const existed = await waitUntilReadable(signal);
        if (signal.aborted) return;
        try {
          await follow(await locate(existed, reader.onDone), signal);
        } catch (error) {
          logger.warn({ path, error: String(error) }, 'reading the audit log failed; starting again');
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
      await map.identifyCurrent(tail?.fd);
      const place = map.locate(position);
      if (!place) return;
      map.forgetBefore(position);
      await writeCheckpoint(checkpointPath, { ...place, done });
    },
  };
}

function beginsRecord(chunk: Buffer): boolean {
  const head = chunk.toString('latin1', 0, 5);
  return head === 'type=' || head === 'node=';
}
