import type { FieldValue, SigmaEvent } from '../model/sigma-event.ts';
import { fold } from './fold.ts';

/** What rules read of an event, and correlations where it has it. */
export type Matchable = Pick<SigmaEvent, 'logsource' | 'fields' | 'message' | 'field' | 'names' | 'likeness'> &
  Partial<Pick<SigmaEvent, 'id' | 'timestampMs' | 'ordinal'>>;

/** The texts of a field: one as a rule, several where the event has a list, none where it has nothing to compare. */
export type Texts = string | readonly string[] | undefined;

/**
 * The event that is being evaluated, one at a time, read through numbered slots so that no text is
 * folded twice for one event. Numbers and booleans are the texts that JSON writes for them.
 */
export interface EventView {
  /** The slot of a field, or of the message without a field. */
  slot(field: string | undefined): number;
  load(event: Matchable): void;
  /** Counts the events that were loaded. */
  readonly generation: number;
  /** The names of the event's fields, where it tells them: see SigmaEvent. */
  readonly names: ReadonlySet<string> | undefined;
  /** Stands for all of the event: see SigmaEvent. */
  readonly likeness: string | undefined;
  texts(slot: number): Texts;
  /** The texts without case. */
  folded(slot: number): Texts;
  /** The field is there, whatever it holds. */
  isPresent(slot: number): boolean;
  /** The field is not there, is null or has a null in its list. */
  isNull(slot: number): boolean;
}

export function createEventView(): EventView {
  const slots = new Map<string | undefined, number>();
  const names: (string | undefined)[] = [];
  // Only names that every object inherits can be found without being there; the others need no check.
  const inherited: boolean[] = [];
  const folds: Texts[] = [];
  // A slot holds something of the current event only when its generation is the current one.
  const foldsRead: number[] = [];
  let generation = 0;
  let event: Matchable = { logsource: {}, fields: {} };

  function read(slot: number): FieldValue | undefined {
    const name = names[slot];
    if (name === undefined) return event.message;
    // An event that can read one field has not built all of them.
    if (event.field) return event.field(name);
    const { fields } = event;
    return inherited[slot] && !Object.hasOwn(fields, name) ? undefined : fields[name];
  }

  function texts(slot: number): Texts {
    const value = read(slot);
    return typeof value === 'string' ? value : textsOf(value);
  }

  return {
    slot(field) {
      const known = slots.get(field);
      if (known !== undefined) return known;
      slots.set(field, names.length);
      inherited.push(field !== undefined && field in Object.prototype);
      folds.push(undefined);
      foldsRead.push(0);
      return names.push(field) - 1;
    },
    load(next) {
      generation++;
      event = next;
    },
    get generation() {
      return generation;
    },
    get names() {
      return event.names;
    },
    get likeness() {
      return event.likeness;
    },
    texts,
    folded(slot) {
      if (foldsRead[slot] === generation) return folds[slot];
      foldsRead[slot] = generation;
      const read = texts(slot);
      const folded = typeof read === 'string' ? fold(read) : read?.map(fold);
      folds[slot] = folded;
      return folded;
    },
    isPresent: (slot) => read(slot) !== undefined,
    isNull(slot) {
      const value = read(slot) ?? null;
      return value === null || (Array.isArray(value) && flatten(value).includes(null));
    },
  };
}

function textsOf(value: unknown): Texts {
  if (Array.isArray(value))
    return flatten(value)
      .map(textOf)
      .filter((text) => text !== undefined);
  return textOf(value);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The elements of a list and of the lists in it; without recursion, since the event's author chooses the depth. */
function flatten(list: readonly unknown[]): unknown[] {
  const elements: unknown[] = [];
  const left: unknown[] = [list];
  while (left.length > 0) {
    const next = left.pop();
    if (Array.isArray(next)) for (const element of next) left.push(element);
    else elements.push(next);
  }
  return elements;
}
