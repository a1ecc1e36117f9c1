import type { FieldValue, SigmaEvent } from '../model/sigma-event.ts';
import { fold } from '../sigma/fold.ts';

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
  /** Length of the longest text that has been read of the event; of a list, of all its texts together. */
  readonly longest: number;
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
  const lists: Texts[] = [];
  const listsRead: number[] = [];
  let generation = 0;
  let longest = 0;
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
    if (typeof value !== 'string') return Array.isArray(value) ? listTexts(slot, value) : textOf(value);
    if (value.length > longest) longest = value.length;
    return value;
  }

  function listTexts(slot: number, list: readonly unknown[]): Texts {
    if (listsRead[slot] === generation) return lists[slot];
    listsRead[slot] = generation;
    const texts = flatten(list)
      .map(textOf)
      .filter((text) => text !== undefined);
    const chars = texts.reduce((sum, text) => sum + text.length + 1, 0);
    if (chars > longest) longest = chars;
    lists[slot] = texts;
    return texts;
  }

  return {
    slot(field) {
      const known = slots.get(field);
      if (known !== undefined) return known;
      slots.set(field, names.length);
      inherited.push(field !== undefined && field in Object.prototype);
      folds.push(undefined);
      foldsRead.push(0);
      lists.push(undefined);
      listsRead.push(0);
      return names.push(field) - 1;
    },
    load(next) {
      generation++;
      longest = 0;
      event = next;
    },
    get generation() {
      return generation;
    },
    get longest() {
      return longest;
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
    if (Array.isArray(next)) for (let at = next.length - 1; at >= 0; at--) left.push(next[at]);
    else elements.push(next);
  }
  return elements;
}
