import { compileCondition } from '../matching/compile.ts';
import { isWithin } from '../sigma/bounds.ts';
import type { Bound, Correlation, LinkedCorrelation, Threshold } from '../sigma/rule.ts';
import { createExactSum } from './exact-sum.ts';
import { sequenceOf } from './sequence.ts';
import { createSorted } from './sorted.ts';
import type { Entry, Measure } from './timeline.ts';

/** What makes the measure of each group of a correlation. */
export function measureOf({ correlation, members }: LinkedCorrelation): () => Measure {
  const { type, condition } = correlation;
  const distinct = [...new Set(members)];
  if (type === 'temporal_ordered') {
    const sequence = members.map((id) => distinct.indexOf(id));
    return sequenceOf(sequence, condition, (to) => memberOf(correlation, members, distinct, to));
  }
  if (condition.kind === 'expression') {
    return () => {
      const { counts, ...presence } = countByMember(distinct.length);
      const holds = compileCondition(condition.of, (to) => {
        const member = memberOf(correlation, members, distinct, to);
        return () => (counts[member] ?? 0) > 0;
      });
      return { ...presence, holds };
    };
  }
  const { bounds } = condition;
  return () => within(bounds, number(type, condition, distinct.length));
}

/** The place, among the distinct members, of the rule that an expression calls `to`. */
function memberOf({ rules }: Correlation, members: readonly string[], distinct: readonly string[], to: string): number {
  return distinct.indexOf(members[rules.findIndex((reference) => reference.to === to)] ?? '');
}

type Numbered = Omit<Measure, 'holds'>;

function within(bounds: readonly Bound[], measure: Numbered): Measure {
  return { ...measure, holds: () => isWithin(measure.value(), bounds) };
}

function number(type: Correlation['type'], { percentile }: Threshold, members: number): Numbered {
  switch (type) {
    case 'event_count':
      return count();
    case 'value_count':
      return countDistinct();
    case 'temporal':
    case 'temporal_ordered': {
      const { add, remove, value } = countByMember(members);
      return { add, remove, value };
    }
    case 'value_sum':
      return sum((total) => total);
    case 'value_avg':
      return sum((total, entries) => total / entries);
    case 'value_percentile':
      return createSorted(percentile);
    case 'value_median':
      return createSorted(50);
  }
}

function count(): Numbered {
  let entries = 0;
  return {
    add: () => {
      entries++;
    },
    remove: () => {
      entries--;
    },
    value: () => entries,
  };
}

function countDistinct(): Numbered {
  const counts = new Map<Entry['value'], number>();
  return {
    add: ({ value }) => {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    },
    remove: ({ value }) => {
      const left = (counts.get(value) ?? 0) - 1;
      if (left > 0) counts.set(value, left);
      else counts.delete(value);
    },
    value: () => counts.size,
  };
}

/** Counts entries of each member; the value is how many members have any. */
function countByMember(members: number): Numbered & { readonly counts: readonly number[] } {
  const counts = Array.from({ length: members }, () => 0);
  let present = 0;
  return {
    counts,
    add: ({ member }) => {
      const before = counts[member] ?? 0;
      counts[member] = before + 1;
      if (before === 0) present++;
    },
    remove: ({ member }) => {
      const left = (counts[member] ?? 0) - 1;
      counts[member] = left;
      if (left === 0) present--;
    },
    value: () => present,
  };
}

function sum(of: (total: number, entries: number) => number): Numbered {
  const total = createExactSum();
  let entries = 0;
  return {
    add: ({ value }) => {
      total.add(Number(value));
      entries++;
    },
    remove: ({ value }) => {
      total.remove(Number(value));
      entries--;
    },
    value: () => of(total.value(), entries),
  };
}
