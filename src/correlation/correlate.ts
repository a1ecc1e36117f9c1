import type { Matchable } from '../matching/event-view.ts';
import type { CorrelationMatch } from '../model/rule.ts';
import type { Counter } from '../model/stages.ts';
import { leastWithin } from '../sigma/bounds.ts';
import type { CorrelationType, LinkedCorrelation } from '../sigma/rule.ts';
import { detached } from './field-text.ts';
import { type Budget, createGroups, type Group, type Groups, type GroupValues } from './groups.ts';
import { measureOf } from './measure.ts';
import type { Member } from './member.ts';
import { type Entry, enter, forgetOldest, mostBy, moveTo, sizeOf, type Timeline } from './timeline.ts';

/** One correlation at work: is told which of its rules an event matched, and then says in which groups it fires. */
export interface Correlator {
  readonly linked: LinkedCorrelation;
  readonly groups: Groups;
  /** The event matched this member; where that is a correlation, in the group with these values. */
  hit(member: number, inner: GroupValues): void;
  /** Takes in what was hit; returns the groups in which the correlation fires, most often none. */
  settle(event: Matchable, arrival: Arrival): readonly Group[];
  /** What it has fired on; asked before the next event. */
  explain(group: Group): CorrelationMatch;
}

/** What is kept of an event. */
export interface Arrival {
  readonly timeMs: number;
  /** Tells it from other events; undefined where each one counts. */
  readonly event: string | undefined;
}

/** @param makeRoom frees what other groups hold, when there is more than all may hold */
export function createCorrelator(
  linked: LinkedCorrelation,
  members: readonly Member[],
  budget: Budget,
  late: Counter,
  makeRoom: (inUse: Group) => void,
): Correlator {
  const { type, groupBy, timespanMs, condition } = linked.correlation;
  // Where entries are counted in one way or another, fewer of them cannot be enough: most late events end here.
  const counts = condition.kind === 'threshold' && countingTypes.has(type);
  const leastEntries = counts ? leastWithin(condition.bounds) : 0;
  const groups = createGroups(measureOf(linked), timespanMs + Math.max(timespanMs, latenessMs), budget);
  let hits: Hit[] = [];

  function take({ member: at, inner }: Hit, event: Matchable, { timeMs, event: id }: Arrival): Group | undefined {
    const member = members[at];
    const value = member?.value(event, inner);
    if (!member || value === null) return undefined;
    const order = ++budget.order;
    const group = groups.of(member.group(event, inner), order, timeMs);
    forgetSpare(group.timeline, group, budget);
    const kept = typeof value === 'string' ? detached(value) : value;
    const entered = enter(group.timeline, group.measure, { timeMs, order, member: at, event: id, value: kept });
    if (entered === 'late') {
      late.add();
      return undefined;
    }
    if (entered === 'entered') {
      budget.entries++;
      if (sizeOf(group.timeline) > budget.limits.groupEntries) {
        forgetOldest(group.timeline, group.measure);
        budget.entries--;
        budget.dropped.add();
      }
      makeRoom(group);
    }
    return group;
  }

  /** Whether the condition holds in the window that ends at this time or, for an event that came late, in a later one with it. */
  function fires({ timeline, measure }: Group, timeMs: number): boolean {
    moveTo(timeline, measure, timeMs, timespanMs);
    if (measure.holds()) return true;
    if (mostBy(timeline, timeMs + timespanMs) < leastEntries) return false;
    for (let later = timeline.entries[timeline.to]; later; later = timeline.entries[timeline.to]) {
      if (later.timeMs > timeMs + timespanMs) return false;
      moveTo(timeline, measure, later.timeMs, timespanMs);
      if (measure.holds()) return true;
    }
    return false;
  }

  return {
    linked,
    groups,
    hit(member, inner) {
      hits.push({ member, inner });
    },
    settle(event, arrival) {
      // An event that matched several rules matched them in the order in which the correlation lists them.
      const taken = hits.length > 1 ? hits.sort((a, b) => a.member - b.member) : hits;
      hits = [];
      const touched: Group[] = [];
      for (const hit of taken) {
        const group = take(hit, event, arrival);
        if (group && !touched.includes(group)) touched.push(group);
      }
      return touched.filter((group) => fires(group, arrival.timeMs));
    },
    explain: ({ values, timeline, measure }) => ({
      type,
      groupBy: Object.fromEntries(groupBy.map((name, at) => [name, values[at] ?? null])),
      timespanMs,
      value: measure.value(),
      eventCount: timeline.to - timeline.from,
      events: latest(timeline).map((entry) => ({
        id: eventId(entry),
        timestamp: new Date(entry.timeMs).toISOString(),
        rule: members[entry.member]?.id ?? '',
      })),
    }),
  };
}

const countingTypes: ReadonlySet<CorrelationType> = new Set([
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
]);

interface Hit {
  readonly member: number;
  readonly inner: GroupValues;
}

/** Groups stay for events that are that late, as long as there is room. */
const latenessMs = 24 * 3_600_000;

/** Forgets what the window has left, but for some entries as long as there is room, for events that come late. */
function forgetSpare(timeline: Timeline, { measure }: Group, budget: Budget): void {
  const { allEntries, spareEntries } = budget.limits;
  const spare = budget.entries * 2 > allEntries ? 0 : spareEntries;
  while (timeline.from - timeline.gone > spare) {
    forgetOldest(timeline, measure);
    budget.entries--;
  }
}

function latest({ entries, from, to }: Timeline): readonly Entry[] {
  return entries.slice(Math.max(from, to - maxExplained), to);
}

const maxExplained = 20;

/**
 * What tells this event from all others: of one audit event there are several, and views of it have logsources of their own.
 * A line of a text log, which has no number, is the same event for each of its services. Undefined for events without an id.
 */
export function eventKey({ id, logsource, ordinal }: Matchable): string | undefined {
  if (id === undefined) return undefined;
  // Joined texts are copies, so that nothing keeps the log's text in memory.
  const service = ordinal === undefined ? '' : logsource.service;
  return [id, `${logsource.category ?? ''}/${service ?? ''}/${ordinal ?? ''}`].join('\n');
}

function eventId({ event = '' }: Entry): string {
  return event.slice(0, Math.max(0, event.lastIndexOf('\n')));
}
