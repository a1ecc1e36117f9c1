import { createConnection, type Socket } from 'node:net';
import type { Clock } from '../host/clock.ts';
import type { Counters } from '../host/counters.ts';
import type { Logger } from '../host/logger.ts';
import { createAuditFrames } from './audit-frames.ts';

export interface AuditSocketOptions {
  /** Where the socket may be; the first that answers is read. */
  readonly paths: readonly string[];
  /** Nothing else brings these records, so what is not read here is lost. */
  readonly isOnlySource: boolean;
  /** Whether somebody waits there whom the owner of the socket has not let in. */
  readonly hasWaitingClient: (path: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
}

export interface SocketStatus {
  readonly state: 'waiting' | 'reading';
  /** Where it is read, or may be. */
  readonly path: string;
  readonly lines: number;
  readonly torn: number;
  readonly lost: number;
}

export interface AuditSocket {
  /** Reads until `signal` aborts; waits while there is nothing to read. */
  run(onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** `reading` from the first record on; `lost` counts the times that it broke off. */
  status(): SocketStatus;
}

const firstRetryMs = 250;
const lastRetryMs = 10_000;
/** A reader who is not wanted is sent away sooner than this. */
const refusedWithinMs = 1000;
/** How long a connection may be silent before we look whether it was let in at all. */
const silentMs = 3000;

/**
 * The socket of auditd's af_unix plugin, which brings each record as auditd gets it, EOE records too.
 *
 * Auditd throws away what comes while nobody is connected, and some releases wait for a reader that is slow. So what
 * arrives is taken in at once and reading never pauses.
 *
 * @see audit-userspace audisp/plugins/af_unix (from 3.1.1 on), audisp/audispd-builtins.c (before it)
 */
export function createAuditSocket(options: AuditSocketOptions): AuditSocket {
  const { paths, isOnlySource, hasWaitingClient, clock, logger, counters } = options;
  const torn = counters.counter('audit_socket_torn_lines_total');
  const lines = counters.counter('audit_socket_lines_total');
  const gaps = counters.counter('audit_socket_gaps_total');
  let state: SocketStatus['state'] = 'waiting';
  let readPath = paths[0] ?? '';
  let problem: string | undefined;

  /** @returns why it is over, once the connection is closed; undefined where there was nothing to connect to */
  async function read(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<string | undefined> {
    const frames = createAuditFrames((line) => {
      lines.add();
      onLine(line);
    }, torn.add);
    const connection = createConnection({ path });
    const ended = new AbortController();
    const startedMs = clock.monotonicMs();
    connection.on('data', (chunk: Buffer) => {
      if (state === 'waiting') begin(path);
      frames.push(chunk);
    });
    signal.addEventListener('abort', () => connection.destroy(), { once: true, signal: ended.signal });
    if (signal.aborted) connection.destroy();
    connection.on('connect', () => void watchSilence(path, ended.signal));
    const error = await closed(connection);
    ended.abort();
    frames.end();
    if (signal.aborted) return '';
    if (state === 'reading') return 'auditd has closed it';
    if (error) return isNobodyThere(error) ? undefined : explain(path, error);
    return clock.monotonicMs() - startedMs < refusedWithinMs
      ? servesAnother
      : `auditd has closed ${path} before it sent anything`;
  }

  function begin(path: string): void {
    state = 'reading';
    readPath = path;
    problem = undefined;
    logger.info({ path }, "auditd's socket is read");
  }

  /** Before release 3.1.1 a second reader is neither sent away nor let in. */
  async function watchSilence(path: string, signal: AbortSignal): Promise<void> {
    await clock.sleep(silentMs, signal);
    if (signal.aborted || state === 'reading') return;
    if (await hasWaitingClient(path)) reportOnce(servesAnother);
  }

  /** @returns why nothing is read any more, or not yet */
  async function readAny(onLine: (line: string) => void, signal: AbortSignal): Promise<string> {
    for (const path of paths) {
      const reason = await read(path, onLine, signal);
      if (reason !== undefined) return reason;
    }
    return `no af_unix plugin of auditd listens at ${paths.join(' or ')}`;
  }

  function reportOnce(reason: string): void {
    if (reason === problem) return;
    problem = reason;
    logger.warn({ reason }, "auditd's socket cannot be read; trying again");
  }

  function reportGap(reason: string): void {
    gaps.add();
    problem = reason;
    if (isOnlySource) logger.error({ reason }, "records are lost: auditd's socket cannot be read; trying again");
    else logger.warn({ reason }, "auditd's socket cannot be read; the log is read on, and it is tried again");
  }

  return {
    async run(onLine, signal) {
      let waitMs = firstRetryMs;
      while (!signal.aborted) {
        const reason = await readAny(onLine, signal);
        if (signal.aborted) break;
        if (state === 'reading') {
          state = 'waiting';
          waitMs = firstRetryMs;
          reportGap(reason);
        } else reportOnce(reason);
        await clock.sleep(waitMs, signal);
        waitMs = Math.min(lastRetryMs, waitMs * 2);
      }
      state = 'waiting';
    },
    status: () => ({ state, path: readPath, lines: lines.value, torn: torn.value, lost: gaps.value }),
  };
}

const servesAnother = 'the socket serves another reader, and it serves one only';

/** @returns what the connection failed with, if it did, once it is closed */
function closed(connection: Socket): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    let failure: Error | undefined;
    connection.on('error', (error) => {
      failure = error;
    });
    connection.on('close', () => resolve(failure));
  });
}

function isNobodyThere({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR';
}

function explain(path: string, { code, message }: NodeJS.ErrnoException): string {
  return code === 'EACCES' ? `${path} may only be read by root, or by the group of the socket` : `${path}: ${message}`;
}
