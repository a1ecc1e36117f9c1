import type { Bound, CorrelationType } from './rule.ts';

/** Whether the number is within all bounds. */
export function isWithin(number: number, bounds: readonly Bound[]): boolean {
  for (const { operator, number: bound } of bounds) if (!compares(number, operator, bound)) return false;
  return true;
}

function compares(number: number, operator: Bound['operator'], bound: number): boolean {
  switch (operator) {
    case 'lt':
      return number < bound;
    case 'lte':
      return number <= bound;
    case 'gt':
      return number > bound;
    case 'gte':
      return number >= bound;
    case 'eq':
      return number === bound;
    case 'neq':
      return number !== bound;
  }
}

/** The least number that can be within all bounds, as far as they have one below them. */
export function leastWithin(bounds: readonly Bound[]): number {
  const lower = bounds.filter(({ operator }) => operator === 'gt' || operator === 'gte' || operator === 'eq');
  return Math.max(Number.NEGATIVE_INFINITY, ...lower.map(({ number }) => number));
}

/** Numbers that a correlation can come to: all of them or the whole ones, ends included. */
export interface Reach {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** What a correlation of this type can come to at an event, which itself counts. */
export function reachOf(type: CorrelationType, rules: number): Reach {
  switch (type) {
    case 'event_count':
    case 'value_count':
      return { least: 1, most: maxGroupEntries, whole: true };
    case 'temporal':
    case 'temporal_ordered':
      return { least: 1, most: rules, whole: true };
    case 'value_sum':
    case 'value_avg':
    case 'value_percentile':
    case 'value_median':
      return { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY, whole: false };
  }
}

/** Whether any number within reach is within all bounds. */
export function canHold(bounds: readonly Bound[], { least, most, whole }: Reach): boolean {
  // Between two neighbours of these numbers all numbers are alike, so one of each kind stands for all.
  const edges = [least, most, ...bounds.map(({ number }) => number)].filter(Number.isFinite).sort((a, b) => a - b);
  const candidates = whole
    ? edges.flatMap(wholeAround)
    : edges.flatMap((edge, at) => [edge, between(edge, edges[at + 1])]);
  const [first = 0] = edges;
  return [...candidates, ...(whole ? [] : [first - 1])].some(
    (number) => number >= least && number <= most && isWithin(number, bounds),
  );
}

function wholeAround(edge: number): readonly number[] {
  return [Math.floor(edge) - 1, Math.floor(edge), Math.ceil(edge), Math.ceil(edge) + 1];
}

function between(edge: number, next: number | undefined): number {
  return next === undefined ? edge + Math.max(1, Math.abs(edge)) : edge / 2 + next / 2;
}

/** Entries that one group of a correlation may have. */
export const maxGroupEntries = 100_000;
