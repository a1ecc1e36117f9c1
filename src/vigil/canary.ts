import { randomBytes } from 'node:crypto';
import { type AuditStatus, parseAuditStatus } from '../host/audit-status.ts';
import type { Clock } from '../host/clock.ts';
import type { OwnProcesses } from '../host/own-processes.ts';
import type { Counter } from '../model/stages.ts';

export interface CanaryParts {
  readonly own: Pick<OwnProcesses, 'run'>;
  readonly clock: Clock;
  /** Called when one comes back, be it late. */
  readonly onReturn: (latencyMs: number) => void;
  /** Called with what the kernel said to one. */
  readonly onStatus: (status: AuditStatus) => void;
  /** Called with why one could not be started, or undefined when it could. */
  readonly onStart: (refusal: unknown) => void;
  readonly sent: Counter;
  /** Whether records come in that are older than this time: then the reader has not got there yet. */
  readonly isBehind: (sinceMs: number) => boolean;
}

export interface Canary {
  /** Starts one and waits for it; false when it did not come back in time. Rejects never. */
  send(signal: AbortSignal): Promise<boolean>;
}

const timeoutMs = 4000;
/** A timer that is later than this was held up, and with it the reader: the agent was stopped, or the host suspended. */
const heldUpMs = 1000;
/** However good the excuse, what takes longer is no watching any more. */
const longestWaitMs = 60_000;

/**
 * Starts a harmless process, `auditctl -s` under a name that nobody can guess, which has to come back as an exec event
 * through kernel, auditd, log, parser and pipeline. What it prints tells how the kernel's audit system is.
 */
export function createCanary(parts: CanaryParts): Canary {
  const { own, clock, onReturn, onStatus, onStart, sent, isBehind } = parts;

  /** Resolves when it has ended. */
  async function start(options: Parameters<OwnProcesses['run']>[2]): Promise<void> {
    sent.add();
    let refusal: unknown;
    for (const [program, args] of programs) {
      try {
        const { stdout } = await own.run(program, args, options);
        onStart(undefined);
        const status = parseAuditStatus(stdout);
        if (status) onStatus(status);
        return;
      } catch (error) {
        refusal = error;
      }
    }
    onStart(refusal);
  }

  return {
    async send(signal) {
      const sentMs = clock.nowMs();
      const sentMonotonicMs = clock.monotonicMs();
      const waiting = new AbortController();
      const stop = (): void => waiting.abort();
      let returned = false;
      const ended = start({
        argv0: `sigmond-canary-${randomBytes(16).toString('hex')}`,
        timeoutMs,
        signal,
        onReported(latencyMs) {
          returned = true;
          waiting.abort();
          onReturn(latencyMs);
        },
      });
      signal.addEventListener('abort', stop, { once: true });
      let isExcused = true;
      while (isExcused && !waiting.signal.aborted) {
        const fromMs = clock.monotonicMs();
        await clock.sleep(timeoutMs, waiting.signal);
        const nowMs = clock.monotonicMs();
        isExcused =
          nowMs - sentMonotonicMs < longestWaitMs && (nowMs - fromMs > timeoutMs + heldUpMs || isBehind(sentMs));
      }
      signal.removeEventListener('abort', stop);
      await ended;
      return returned;
    },
  };
}

/** The second one where the first is not installed, or may not be run. */
const programs: readonly (readonly [program: string, args: readonly string[]])[] = [
  ['auditctl', ['-s']],
  ['true', []],
];
