import type { LinkedCorrelation } from '../sigma/rule.ts';
import type { Correlator } from './correlate.ts';
import type { Budget, Group, GroupValues } from './groups.ts';
import { type Entry, enter, type Timeline } from './timeline.ts';

/** What correlations have in their windows, as JSON can hold it. */
export interface CorrelationSnapshot {
  readonly correlations: readonly {
    readonly id: string;
    /** That of the linked correlation: another one means something else. */
    readonly digest: string;
    /** Least recently used first. */
    readonly groups: readonly {
      readonly values: GroupValues;
      readonly forgottenToMs: number | null;
      readonly entries: readonly SavedEntry[];
    }[];
  }[];
}

type SavedEntry = readonly [timeMs: number, member: number, event: string | null, value: string | number | null];

export function snapshot(correlators: readonly Correlator[]): CorrelationSnapshot {
  const correlations = correlators.map(({ linked: { correlation, digest }, groups }) => ({
    id: correlation.meta.id,
    digest,
    groups: Array.from(groups.inOrderOfUse(), saveGroup),
  }));
  return { correlations: correlations.filter(({ groups }) => groups.length > 0) };
}

function saveGroup({ values, timeline }: Group) {
  const { forgottenToMs } = timeline;
  return {
    values,
    forgottenToMs: Number.isFinite(forgottenToMs) ? forgottenToMs : null,
    entries: kept(timeline).map(({ timeMs, member, event, value }): SavedEntry => {
      return [timeMs, member, event ?? null, value ?? null];
    }),
  };
}

function kept({ entries, gone }: Timeline): readonly Entry[] {
  return gone === 0 ? entries : entries.slice(gone);
}

/** Takes over the groups of correlations with the same digest; entries that do not fit are left out. */
export function restore(
  { correlations }: CorrelationSnapshot,
  correlators: readonly Correlator[],
  budget: Budget,
  makeRoom: (inUse: Group) => void,
): void {
  const saved = new Map(correlations.map((one) => [one.id, one]));
  for (const { linked, groups } of correlators) {
    const before = saved.get(linked.correlation.meta.id);
    if (before?.digest !== linked.digest) continue;
    for (const { values, forgottenToMs, entries } of before.groups) {
      const fitting = entries.filter((entry) => fits(entry, linked));
      const last = fitting.at(-1);
      if (!last || values.length !== linked.correlation.groupBy.length) continue;
      const group = groups.of(values, ++budget.order, last[0]);
      group.timeline.forgottenToMs = forgottenToMs ?? Number.NEGATIVE_INFINITY;
      for (const entry of fitting) enterSaved(entry, group, budget);
      makeRoom(group);
    }
  }
}

function enterSaved([timeMs, member, event, value]: SavedEntry, { timeline, measure }: Group, budget: Budget): void {
  const entry = { timeMs, order: ++budget.order, member, event: event ?? undefined, value: value ?? undefined };
  if (enter(timeline, measure, entry) === 'entered') budget.entries++;
}

function fits([timeMs, member, , value]: SavedEntry, { correlation: { type }, members }: LinkedCorrelation): boolean {
  const isMember = Number.isInteger(member) && member >= 0 && member < new Set(members).size;
  if (!isMember || Math.abs(timeMs) > maxTimeMs) return false;
  if (type === 'value_count') return typeof value === 'string';
  return type.startsWith('value_') ? typeof value === 'number' && Number.isFinite(value) : value === null;
}

/** ECMA-262, Time Values and Time Range. */
const maxTimeMs = 8.64e15;
