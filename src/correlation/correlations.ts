import type { Counters } from '../host/counters.ts';
import type { Matchable } from '../matching/event-view.ts';
import type { CorrelationMatch, RuleMeta } from '../model/rule.ts';
import { maxGroupEntries } from '../sigma/bounds.ts';
import type { LinkedCorrelation } from '../sigma/rule.ts';
import { type Arrival, type Correlator, createCorrelator, eventKey } from './correlate.ts';
import type { Budget, Group, GroupValues, Limits } from './groups.ts';
import { createMember } from './member.ts';
import { type CorrelationSnapshot, restore, snapshot } from './snapshot.ts';

/** All correlations of a rule set. */
export interface Correlations {
  /**
   * Lets correlations have what an event matched. Returns what raises an alert: rules that do not only feed correlations,
   * then correlations that fired. Never throws.
   */
  feed<Rule extends Found>(event: Matchable, matched: readonly Rule[]): readonly (Rule | Fired)[];
  /** Grows with each event that is taken in: as long as it is the same, so is the snapshot. */
  readonly changes: number;
  snapshot(): CorrelationSnapshot;
  /** Takes over what a snapshot has of correlations that mean the same. */
  restore(from: CorrelationSnapshot): void;
}

interface Found {
  readonly meta: RuleMeta;
}

/** A correlation that fired; where it did in several groups at one event, in the first of them. */
export interface Fired extends Found {
  /** Asked before the next event. */
  explain(): Readonly<Record<string, never>>;
  fired(): CorrelationMatch;
}

export const defaultLimits: Limits = {
  groupEntries: maxGroupEntries,
  correlationGroups: 10_000,
  allGroups: 50_000,
  allEntries: 250_000,
  spareEntries: 1_000,
};

/**
 * @param counters has `sigma_correlation_groups_evicted_total`, `…_entries_dropped_total` for entries that were still in a
 *   window, `…_late_total` for events older than what is kept, `…_values_ignored_total` for values that are no numbers
 */
export function createCorrelations(
  linked: readonly LinkedCorrelation[],
  counters: Counters,
  limits: Limits = defaultLimits,
): Correlations {
  const late = counters.counter('sigma_correlation_late_total');
  const ignored = counters.counter('sigma_correlation_values_ignored_total');
  const budget: Budget = {
    entries: 0,
    groups: 0,
    order: 0,
    limits,
    evicted: counters.counter('sigma_correlation_groups_evicted_total'),
    dropped: counters.counter('sigma_correlation_entries_dropped_total'),
  };
  const namesOf = new Map(linked.map(({ correlation }) => [correlation.meta.id, correlation.groupBy]));
  const correlators = linked.map((one) => {
    const members = [...new Set(one.members)].map((id) => createMember(id, one, namesOf.get(id) ?? [], ignored));
    return createCorrelator(one, members, budget, late, makeRoom);
  });
  const { feeds, silent } = wiring(linked);
  const waiting = correlators.map(() => false);
  const lastFired = correlators.map((): Group | undefined => undefined);
  const fired = correlators.map(
    ({ linked: { correlation }, explain }, at): Fired => ({
      meta: correlation.meta,
      explain: () => nothingSelected,
      fired: () => {
        const group = lastFired[at];
        if (!group) throw new Error('asked what a correlation fired on before it fired');
        return explain(group);
      },
    }),
  );
  let lastMs = 0;

  /** Groups that were used longest ago go, of whichever correlation; never the one that is in use. */
  function makeRoom(inUse: Group): void {
    while (budget.entries > limits.allEntries || budget.groups > limits.allGroups) {
      const [first, ...others] = correlators.filter(({ groups }) => groups.oldest && groups.oldest !== inUse);
      if (!first) return;
      const usedAt = ({ groups }: Correlator) => groups.oldest?.usedAt ?? 0;
      const longestAgo = others.reduce((best, other) => (usedAt(other) < usedAt(best) ? other : best), first);
      if (longestAgo.groups.oldest) longestAgo.groups.evict(longestAgo.groups.oldest);
    }
  }

  /** Passes on that a rule, or a correlation in a group, matched. Returns the first correlation that has to settle. */
  function hit(id: string, inner: GroupValues): number {
    let first = correlators.length;
    for (const { correlation, member } of feeds.get(id) ?? []) {
      correlators[correlation]?.hit(member, inner);
      waiting[correlation] = true;
      first = Math.min(first, correlation);
    }
    return first;
  }

  /** What correlations refer to stands before them, so one pass settles them all. */
  function settle(event: Matchable, first: number, found: Found[]): void {
    lastMs = event.timestampMs ?? lastMs;
    const arrival: Arrival = { timeMs: lastMs, event: eventKey(event) };
    for (let at = first; at < correlators.length; at++) {
      if (!waiting[at]) continue;
      waiting[at] = false;
      const groups = correlators[at]?.settle(event, arrival) ?? [];
      const known = fired[at];
      if (groups.length === 0 || !known) continue;
      lastFired[at] = groups[0];
      for (const { values } of groups) hit(known.meta.id, values);
      if (!silent.has(known.meta.id)) found.push(known);
    }
  }

  return {
    feed(event, matched) {
      let first = correlators.length;
      for (const { meta } of matched) if (feeds.has(meta.id)) first = Math.min(first, hit(meta.id, ungrouped));
      if (first === correlators.length) return matched;
      const found: ((typeof matched)[number] | Fired)[] = matched.filter(({ meta }) => !silent.has(meta.id));
      settle(event, first, found);
      return found;
    },
    get changes() {
      return budget.order;
    },
    snapshot: () => snapshot(correlators),
    restore: (from) => restore(from, correlators, budget, makeRoom),
  };
}

const nothingSelected = Object.freeze({});
const ungrouped: GroupValues = Object.freeze([]);

interface Feed {
  /** The correlation, by its place. */
  readonly correlation: number;
  /** The member of it that is fed, by its place. */
  readonly member: number;
}

/** Which correlations each id feeds, and ids that raise nothing themselves: no correlation that they feed has `generate`. */
function wiring(linked: readonly LinkedCorrelation[]) {
  const feeds = new Map<string, Feed[]>();
  const generating = new Set<string>();
  for (const [at, { correlation, members }] of linked.entries()) {
    for (const [member, id] of [...new Set(members)].entries()) {
      const known = feeds.get(id);
      if (known) known.push({ correlation: at, member });
      else feeds.set(id, [{ correlation: at, member }]);
      if (correlation.generate) generating.add(id);
    }
  }
  return { feeds, silent: new Set([...feeds.keys()].filter((id) => !generating.has(id))) };
}
