import { agentEvent } from './events/agent-event.ts';
import type { Clock } from './host/clock.ts';
import type { Counters } from './host/counters.ts';
import type { Ledger, LostBy, LostSerials } from './ledger/ledger.ts';
import type { EventFields, SigmaEvent } from './model/sigma-event.ts';

export interface LossReport {
  /** Called about once a second. */
  tick(): void;
}

export interface LossReportParts {
  readonly ledger: Pick<Ledger, 'totals' | 'tick' | 'takeUnreported'>;
  readonly counters: Counters;
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  /** Takes `events_lost` and `log_gap`, for the rules. */
  readonly emit: (event: SigmaEvent) => void;
}

/** After one report, what else is lost is gathered for this long. */
const gatherMs = 10_000;

/** Makes what is known to be lost into events that rules can turn into alerts. */
export function createLossReport({ ledger, counters, clock, emit }: LossReportParts): LossReport {
  let gaps = readGaps(counters);
  let earliestMs = Number.NEGATIVE_INFINITY;

  /** @returns events made */
  function reportLost(): number {
    const { lostBy, serials } = ledger.takeUnreported();
    const { totals } = ledger;
    let events = 0;
    for (const reason of reasons) {
      if (lostBy[reason] === 0) continue;
      events++;
      const fields = { Reason: reason, Lost: String(lostBy[reason]), LostInTotal: String(totals.lost) };
      const where = reason === 'serialGaps' ? placeOf(serials) : {};
      const occurrence = `${reason}:${totals.lostBy[reason]}`;
      emit(agentEvent('events_lost', occurrence, clock.nowMs(), { ...fields, ...where }));
    }
    return events;
  }

  function reportGaps(): number {
    const before = gaps;
    gaps = readGaps(counters);
    let events = 0;
    for (const [counter, count] of gaps) {
      const more = count - (before.get(counter) ?? 0);
      if (more === 0) continue;
      events++;
      const fields = { Counter: counter, Count: String(more) };
      emit(agentEvent('log_gap', `${counter}:${clock.nowMs()}`, clock.nowMs(), fields));
    }
    return events;
  }

  return {
    tick() {
      ledger.tick();
      if (clock.monotonicMs() < earliestMs) return;
      if (reportLost() + reportGaps() > 0) earliestMs = clock.monotonicMs() + gatherMs;
    },
  };
}

const reasons: readonly (keyof LostBy)[] = ['serialGaps', 'incomplete', 'kernel'];

function placeOf(serials: readonly LostSerials[]): EventFields {
  const [first] = serials;
  const last = serials.at(-1);
  return first && last ? { FromSerial: String(first.from), ToSerial: String(last.to) } : {};
}

/** Counters of holes whose size is not known: logs that were rotated away unread, lines that cannot be read. */
const gapCounter = /^(?:audit_log_gaps|audit_log_torn_lines|audit_torn_records|log_gaps|log_torn_lines)_total/;

function readGaps(counters: Counters): ReadonlyMap<string, number> {
  return new Map(Object.entries(counters.read()).filter(([name]) => gapCounter.test(name)));
}
