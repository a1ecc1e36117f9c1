import type { AuditRule } from '../host/audit-rules.ts';
import { execArchitectures } from '../host/audit-state.ts';
import type { Clock } from '../host/clock.ts';
import type { Logger } from '../host/logger.ts';
import type { Tell } from './tell.ts';

/** Compares the audit rules that are loaded with those that were, when the kernel says that they change. */
export interface RulesWatch {
  /** Reads the rules at the start, and after each change, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** A rule has come or gone. */
  changed(): void;
}

export interface RulesWatchParts {
  /** Undefined when only root may ask. */
  readonly read: () => Promise<readonly AuditRule[] | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tell: Tell;
}

/** Loading a set of rules begins by deleting the old ones, and takes less than this between two of them. */
const settledMs = 1000;

/**
 * Says when less is recorded than before though the canary still comes back: another architecture's execs are not recorded
 * any more, or there is a new rule that keeps something out.
 */
export function createRulesWatch({ read, clock, logger, tell }: RulesWatchParts): RulesWatch {
  let known: readonly AuditRule[] | undefined;
  let isDue = false;
  let waiting = new AbortController();

  function compare(before: readonly AuditRule[], now: readonly AuditRule[]): void {
    const architectures = execArchitectures(now);
    const lost = execArchitectures(before).filter((architecture) => !architectures.includes(architecture));
    const texts = new Set(before.map(({ text }) => text));
    const added = now.filter((rule) => keepsOut(rule) && !texts.has(rule.text)).map(({ text }) => text);
    if (lost.length === 0 && added.length === 0) return;
    const fields = { ...(lost.length > 0 && { Unrecorded: lost }), ...(added.length > 0 && { Exceptions: added }) };
    logger.warn(fields, 'the audit rules that are loaded now record less than before');
    tell('audit_rules_weakened', String(clock.nowMs()), fields);
  }

  /** Waits until no rule has come or gone for a while. */
  async function settle(signal: AbortSignal): Promise<void> {
    while (isDue && !signal.aborted) {
      isDue = false;
      await clock.sleep(settledMs, signal);
    }
  }

  async function look(): Promise<void> {
    const rules = await read();
    if (known && rules) compare(known, rules);
    known = rules ?? known;
  }

  return {
    async run(signal) {
      signal.addEventListener('abort', () => waiting.abort());
      while (!signal.aborted) {
        waiting = new AbortController();
        await look();
        if (!isDue && !signal.aborted) await untilAborted(waiting.signal);
        await settle(signal);
      }
    },
    changed() {
      isDue = true;
      waiting.abort();
    },
  };
}

/** Whether a rule says what not to record. Of the list `exclude` each does, whatever its action is called. */
function keepsOut({ list, action }: AuditRule): boolean {
  return action === 'never' || list === 'exclude';
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
