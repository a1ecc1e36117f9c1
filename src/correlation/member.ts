import type { Matchable } from '../matching/event-view.ts';
import type { Counter } from '../model/stages.ts';
import type { LinkedCorrelation } from '../sigma/rule.ts';
import { decimal } from '../sigma/value.ts';
import { fieldText, fieldValue, textOf } from './field-text.ts';
import type { GroupValues } from './groups.ts';

/** A rule of a correlation, and what is read of the events that it matches. */
export interface Member {
  readonly id: string;
  /** @param inner where the member is a correlation that fired, the values of its group */
  group(event: Matchable, inner: GroupValues): GroupValues;
  /** What is counted or added up: undefined where only events are counted, null for an event that has no such value. */
  value(event: Matchable, inner: GroupValues): string | number | undefined | null;
}

/**
 * @param innerNames where the member is a correlation, what its group values can be asked for by
 * @param ignored counts values that should be numbers and are not
 */
export function createMember(
  id: string,
  { correlation, aliases }: LinkedCorrelation,
  innerNames: readonly string[],
  ignored: Counter,
): Member {
  const readerOf = (name: string): Reader => {
    const field = aliases.get(name)?.get(id) ?? name;
    return { field, inner: innerNames.indexOf(field) };
  };
  const { type, groupBy, condition } = correlation;
  const grouping = groupBy.map(readerOf);
  const fields = condition.kind === 'threshold' ? condition.fields.map(readerOf) : [];
  return {
    id,
    group: (event, inner) =>
      grouping.length === 0 ? ungrouped : grouping.map((reader) => readText(reader, event, inner)),
    value: createValue(fields, type === 'value_count', ignored),
  };
}

const ungrouped: GroupValues = Object.freeze([]);

/** A field of the event, or the place of an inner correlation's group value, which is asked first; -1 where it has none. */
interface Reader {
  readonly field: string;
  readonly inner: number;
}

function createValue(fields: readonly Reader[], isText: boolean, ignored: Counter): Member['value'] {
  const [first] = fields;
  if (!first) return () => undefined;
  if (!isText) {
    return (event, inner) => {
      const value = first.inner < 0 ? fieldValue(event, first.field) : inner[first.inner];
      if (value === undefined || value === null) return null;
      const number = typeof value === 'string' ? decimal(value) : value;
      if (typeof number === 'number' && Number.isFinite(number)) return number;
      ignored.add();
      return null;
    };
  }
  if (fields.length === 1) return (event, inner) => readText(first, event, inner);
  return (event, inner) => {
    const texts = fields.map((reader) => readText(reader, event, inner));
    return texts.includes(null) ? null : textOf(texts);
  };
}

function readText({ field, inner: at }: Reader, event: Matchable, inner: GroupValues): string | null {
  return at < 0 ? fieldText(event, field) : (inner[at] ?? null);
}
