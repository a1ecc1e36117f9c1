import type { Indicator, IndicatorValue } from '../model/rule-page.ts';
import type { FieldValue } from '../model/sigma-event.ts';
import { namesOf } from '../sigma/condition.ts';
import { fold } from '../sigma/fold.ts';
import type { DetectionItem } from '../sigma/rule.ts';
import { type Detecting, itemsOf, kindOf, otherModifiers } from '../sigma/stages.ts';

/** How many rules look for a value in a field (null for keywords) in a certain way. */
export type CountOf = (field: string | null, kind: string, value: FieldValue) => number;

/** Counts without case, under any condition, and each rule once. */
export function countIndicators(rules: readonly Pick<Detecting, 'selections'>[]): CountOf {
  const counts = new Map<string, number>();
  for (const { selections } of rules) {
    const keys = new Set(
      [...selections.values()]
        .flatMap(itemsOf)
        .flatMap(({ field, values }) => values.map((value) => keyOf(field ?? null, kindOf(value), value.written))),
    );
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (field, kind, value) => counts.get(keyOf(field, kind, value)) ?? 0;
}

/** What a rule looks for: a row for each field and kind, in the order of their names. */
export function indicatorsOf({ selections, condition }: Detecting, countOf: CountOf): readonly Indicator[] {
  const { positive, negative } = namesOf(condition);
  const rows = new Map<string, { field: string | null; kind: string; values: Map<string, IndicatorValue> }>();
  for (const [name, detection] of selections) {
    for (const item of itemsOf(detection)) {
      const excluded = item.negated ? !negative.has(name) : negative.has(name) && !positive.has(name);
      for (const value of item.values) add(item, value, excluded);
    }
  }
  return [...rows.values()]
    .map(({ field, kind, values }) => ({ field, kind, values: [...values.values()].sort(byValue) }))
    .sort((a, b) => compare(a.field ?? '', b.field ?? '') || compare(a.kind, b.kind));

  function add(item: DetectionItem, value: DetectionItem['values'][number], excluded: boolean): void {
    const field = item.field ?? null;
    const kind = kindOf(value);
    const modifiers = otherModifiers(item, kind);
    const rowKey = JSON.stringify([field, kind]);
    const row = rows.get(rowKey) ?? { field, kind, values: new Map<string, IndicatorValue>() };
    rows.set(rowKey, row);
    const key = JSON.stringify([value.written, modifiers]);
    // What is looked for in one selection and excluded in another is looked for.
    if (row.values.has(key) && excluded) return;
    row.values.set(key, {
      value: value.written,
      corpus: countOf(field, kind, value.written),
      ...(excluded && { excluded }),
      ...(modifiers.length > 0 && { modifiers }),
    });
  }
}

function keyOf(field: string | null, kind: string, value: FieldValue): string {
  return JSON.stringify([field, kind, fold(String(value))]);
}

function byValue(a: IndicatorValue, b: IndicatorValue): number {
  return compare(String(a.value), String(b.value));
}

/** By code units: the same on every host, whatever its language. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
