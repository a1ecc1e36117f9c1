import type { Counters } from '../host/counters.ts';
import type { Logger } from '../host/logger.ts';
import { createAuditFrames } from './audit-frames.ts';

export interface StandardInput {
  /** Reads until the input ends, which is where `ended` resolves, or until `signal` aborts. */
  run(onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  readonly ended: Promise<void>;
  status(): { readonly state: 'reading' | 'ended'; readonly lines: number; readonly torn: number; readonly lost: 0 };
}

/**
 * Records from standard input, as auditd gives them to a plugin. Auditd waits for a plugin that is slow, so what arrives
 * is taken in at once and reading never pauses.
 */
export function createStandardInput(
  stream: NodeJS.ReadableStream,
  { logger, counters }: { readonly logger: Logger; readonly counters: Counters },
): StandardInput {
  const lines = counters.counter('audit_stdin_lines_total');
  const torn = counters.counter('audit_stdin_torn_lines_total');
  let state: 'reading' | 'ended' = 'reading';
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });

  return {
    ended,
    async run(onLine, signal) {
      const frames = createAuditFrames((line) => {
        lines.add();
        onLine(line);
      }, torn.add);
      const reason = await drain(stream, frames.push, signal);
      frames.end();
      if (reason === undefined) return;
      if (reason === '') logger.info({}, 'standard input has ended');
      else logger.error({ reason }, 'records may be lost: standard input cannot be read');
      state = 'ended';
      end();
    },
    status: () => ({ state, lines: lines.value, torn: torn.value, lost: 0 }),
  };
}

/** @returns '' at its end, else why it broke off; undefined where `signal` aborted it */
function drain(
  stream: NodeJS.ReadableStream,
  push: (chunk: Buffer) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const stop = (): void => {
      // A pipe that stays open would keep the process alive.
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
      resolve(undefined);
    };
    stream.on('data', (chunk: Buffer | string) =>
      push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk),
    );
    stream.on('end', () => resolve(''));
    stream.on('close', () => resolve(''));
    stream.on('error', (error: Error) => resolve(error.message));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
