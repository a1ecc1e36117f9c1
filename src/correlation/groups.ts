import type { Counter } from '../model/stages.ts';
import { detached } from './field-text.ts';
import { createTimeline, type Measure, sizeOf, type Timeline } from './timeline.ts';

/** Texts of the group-by fields, null where the event has none. */
export type GroupValues = readonly (string | null)[];

/** What a correlation keeps of the events that have the same values. */
export interface Group {
  readonly key: string | null;
  readonly values: GroupValues;
  readonly timeline: Timeline;
  readonly measure: Measure;
  /** When it was last used, as entries are numbered. */
  usedAt: number;
  /** The time of the entry that came last. */
  lastMs: number;
  older: Group | undefined;
  newer: Group | undefined;
}

/** What all correlations of a rule set share. */
export interface Budget {
  /** Entries that are kept. */
  entries: number;
  groups: number;
  /** Numbers entries as they come. */
  order: number;
  readonly limits: Limits;
  readonly evicted: Counter;
  readonly dropped: Counter;
}

export interface Limits {
  /** Entries of one group. */
  readonly groupEntries: number;
  /** Groups of one correlation. */
  readonly correlationGroups: number;
  readonly allGroups: number;
  readonly allEntries: number;
  /** Entries that a group keeps although its window has left them, for events that come late. */
  readonly spareEntries: number;
}

/** The groups of one correlation, the least recently used ready to go. */
export interface Groups {
  /** The group of these values, new where there is none; it is now the one that was used last. */
  of(values: GroupValues, order: number, timeMs: number): Group;
  readonly oldest: Group | undefined;
  evict(group: Group): void;
  inOrderOfUse(): Iterable<Group>;
}

/** @param idleMs a group that has had no event for so long holds nothing that counts */
export function createGroups(createMeasure: () => Measure, idleMs: number, budget: Budget): Groups {
  const byKey = new Map<string | null, Group>();
  let oldest: Group | undefined;
  let newest: Group | undefined;
  let nowMs = 0;

  function unlink(group: Group): void {
    if (group.older) group.older.newer = group.newer;
    else oldest = group.newer;
    if (group.newer) group.newer.older = group.older;
    else newest = group.older;
    group.older = undefined;
    group.newer = undefined;
  }

  function append(group: Group): void {
    group.older = newest;
    if (newest) newest.newer = group;
    else oldest = group;
    newest = group;
  }

  function evict(group: Group): void {
    unlink(group);
    byKey.delete(group.key);
    const entries = sizeOf(group.timeline);
    budget.entries -= entries;
    budget.groups--;
    if (isIdle(group)) return;
    budget.evicted.add();
    budget.dropped.add(entries);
  }

  function isIdle({ lastMs }: Group): boolean {
    return lastMs + idleMs < nowMs;
  }

  function create(given: GroupValues): Group {
    // Two leave for one that comes, so that the idle ones become fewer.
    for (let left = 2; left > 0 && oldest && isIdle(oldest); left--) evict(oldest);
    if (oldest && byKey.size >= budget.limits.correlationGroups) evict(oldest);
    const values = given.map((value) => (value === null ? null : detached(value)));
    const key = keyOf(values);
    const timeline = createTimeline();
    const measure = createMeasure();
    const group: Group = { key, values, timeline, measure, usedAt: 0, lastMs: 0, older: undefined, newer: undefined };
    byKey.set(key, group);
    budget.groups++;
    return group;
  }

  return {
    of(values, order, timeMs) {
      nowMs = timeMs;
      const key = keyOf(values);
      let group = byKey.get(key);
      if (!group) {
        group = create(values);
        append(group);
      } else if (group !== newest) {
        unlink(group);
        append(group);
      }
      group.usedAt = order;
      group.lastMs = timeMs;
      return group;
    },
    get oldest() {
      return oldest;
    },
    evict,
    *inOrderOfUse() {
      for (let group = oldest; group; group = group.newer) yield group;
    },
  };
}

function keyOf(values: GroupValues): string | null {
  return values.length === 1 ? (values[0] ?? null) : JSON.stringify(values);
}
