import type { AuditStatus } from '../host/audit-status.ts';
import type { Logger } from '../host/logger.ts';
import type { Counter } from '../model/stages.ts';
import type { Tell } from './tell.ts';

/** How many records the kernel had lost when it was last asked, and in which boot: each begins with none. */
export interface KnownLosses {
  readonly bootId: string | undefined;
  readonly lost: number;
}

export interface KernelWatchParts {
  readonly bootId: string | undefined;
  /** Of the last run. */
  readonly known: KnownLosses | undefined;
  readonly onKnown: (known: KnownLosses) => void;
  readonly onLost: (records: number) => void;
  readonly counter: Counter;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly tell: Tell;
}

const highShare = 0.75;
const calmShare = 0.5;

/**
 * Takes each answer of the kernel about its audit system: says what it has lost since the last one, also while the agent
 * was not there, and when its queue is nearly full.
 */
export function createKernelWatch(parts: KernelWatchParts): (status: AuditStatus) => void {
  const { bootId, onKnown, onLost, counter, nowMs, logger, tell } = parts;
  let known = parts.known;
  let isHigh = false;

  /** What was lost when nobody asked yet is not counted. */
  function lostBefore({ lost }: AuditStatus): number {
    if (!known) return lost;
    // It may be set to 0 (auditctl --reset-lost).
    return known.bootId !== bootId || known.lost > lost ? 0 : known.lost;
  }

  function lookAtBacklog({ backlog, backlogLimit }: AuditStatus): void {
    const share = backlogLimit > 0 ? backlog / backlogLimit : 0;
    if (share >= highShare && !isHigh) {
      isHigh = true;
      logger.warn({ backlog, backlogLimit }, "the kernel's queue of audit records is nearly full");
      tell('audit_backlog_high', String(nowMs()), { Backlog: String(backlog), BacklogLimit: String(backlogLimit) });
    } else if (share < calmShare) isHigh = false;
  }

  return (status) => {
    const before = lostBefore(status);
    const records = status.lost - before;
    if (!known || known.lost !== status.lost || known.bootId !== bootId) {
      known = { bootId, lost: status.lost };
      onKnown(known);
    }
    if (records > 0) {
      counter.add(records);
      onLost(records);
      logger.error({ records, lost: status.lost }, 'the kernel has lost audit records');
      tell('kernel_lost', `${bootId ?? ''}:${before}-${status.lost}`, {
        Records: String(records),
        LostSinceBoot: String(status.lost),
        BacklogLimit: String(status.backlogLimit),
      });
    }
    lookAtBacklog(status);
  };
}
