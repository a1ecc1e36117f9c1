import type { Quarantined } from '../model/rule.ts';
import type { Counter } from '../model/stages.ts';
import type { Rule } from '../sigma/rule.ts';
import type { Value } from '../sigma/value.ts';
import type { CompiledRule } from './compile.ts';
import type { EventView } from './event-view.ts';

/** What tells how long a rule took. */
export interface CostClock {
  monotonicMs(): number;
  /** Processor time: a rule is not to blame when the process had to wait. */
  cpuMs(): number;
}

/** Takes rules out of force whose cost runs away, until the rules are loaded again. */
export interface Quarantine {
  /** The rule, watched; it never holds once it is out of force. */
  watch(rule: Rule, compiled: CompiledRule): CompiledRule;
  /** The rules that were taken out since the last call; a shared empty array when none was. */
  take(): readonly Quarantined[];
}

/**
 * A rule is out once its slow evaluations of one minute took a second of processor time, and were at least three: a
 * single one may be the collector's or the compiler's fault.
 *
 * Reading clocks would cost more than most evaluations do, so only those are measured that can be slow: where the number
 * of the rule's values and the length of the event's texts allow for millions of steps.
 */
export function createQuarantine(view: EventView, clock: CostClock, quarantinedTotal: Counter): Quarantine {
  let taken: Quarantined[] = [];

  function watch(rule: Rule, compiled: CompiledRule): CompiledRule {
    const { holds } = compiled;
    const weight = weightOf(rule);
    let out = false;
    // A field that the index does not search is first read by the rule itself, and its length is known too late.
    let readsLongTexts = false;
    let minuteStartMs = Number.NEGATIVE_INFINITY;
    let spentMs = 0;
    let slow = 0;

    function measured(): boolean {
      const startMs = clock.cpuMs();
      const held = holds();
      const tookMs = clock.cpuMs() - startMs;
      if (tookMs >= slowMs) charge(tookMs);
      return held;
    }

    function charge(tookMs: number): void {
      const nowMs = clock.monotonicMs();
      if (nowMs - minuteStartMs > minuteMs) {
        minuteStartMs = nowMs;
        spentMs = 0;
        slow = 0;
      }
      spentMs += tookMs;
      slow++;
      if (spentMs < budgetMs || slow < leastSlow) return;
      out = true;
      quarantinedTotal.add();
      taken.push({ rule: rule.meta, costMs: Math.round(spentMs), evaluations: slow });
    }

    return {
      ...compiled,
      holds: () => {
        if (out) return false;
        if (readsLongTexts || weight * view.longest > cheapSteps) return measured();
        const held = holds();
        if (weight * view.longest > cheapSteps) readsLongTexts = true;
        return held;
      },
    };
  }

  return {
    watch,
    take() {
      if (taken.length === 0) return none;
      const news = taken;
      taken = [];
      return news;
    },
  };
}

const none: readonly Quarantined[] = Object.freeze([]);

/** Steps that take less than `slowMs`, whatever they are. */
const cheapSteps = 1_000_000;
const slowMs = 5;
const budgetMs = 1000;
const leastSlow = 3;
const minuteMs = 60_000;

/** How many steps a character of an event's text may take, roughly. */
function weightOf({ selections }: Rule): number {
  let weight = 1;
  const left = [...selections.values()];
  for (let detection = left.pop(); detection; detection = left.pop()) {
    if (detection.kind === 'item') for (const { value } of detection.values) weight += weightOfValue(value);
    else for (const part of detection.of) left.push(part);
  }
  return weight;
}

function weightOfValue(value: Value): number {
  if (value.kind === 'any') return value.values.reduce((sum, inner) => sum + weightOfValue(inner), 0);
  return value.kind === 'regex' ? value.regex.weight : 1;
}
