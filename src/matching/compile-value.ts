import type { Counter } from '../model/stages.ts';
import type { Regex } from '../regex/regex.ts';
import { datePartOf } from '../sigma/date.ts';
import { fold } from '../sigma/fold.ts';
import { createContains } from '../sigma/text-find.ts';
import { type TextTest, textTest } from '../sigma/text-test.ts';
import {
  type Comparison,
  decimal,
  type FieldReference,
  many,
  type Operator,
  type TextValue,
  type Value,
} from '../sigma/value.ts';
import type { EventView, Texts } from './event-view.ts';

/** Whether something holds for the event that the view has loaded. */
export type Predicate = () => boolean;

/** What compiled rules share. */
export interface CompileContext {
  readonly view: EventView;
  /** Counts values that were too long to be searched whole and held nothing in the part that was. */
  readonly truncated: Counter;
  /** Takes, for each value of a rule that this can happen to, whether it has with the event that is loaded. */
  readonly cuts: Predicate[];
}

/** Compiles one value against a field, or the message without one. A missing field holds for null and exists only. */
export function compileValue(value: Value, field: string | undefined, context: CompileContext): Predicate {
  const { view } = context;
  const slot = view.slot(field);
  switch (value.kind) {
    case 'text':
      return compileText(value, slot, view);
    case 'number': {
      const { number } = value;
      const written = fold(value.written);
      return () => any(view.folded(slot), (text) => text === written || decimal(text) === number);
    }
    case 'boolean': {
      const written = String(value.boolean);
      return () => any(view.folded(slot), (text) => text === written);
    }
    case 'null':
      return () => view.isNull(slot);
    case 'exists': {
      const { present } = value;
      return () => view.isPresent(slot) === present;
    }
    case 'regex':
      return compileRegexValue(value.regex, slot, context);
    case 'cidr': {
      const { network } = value;
      return () => any(view.texts(slot), network);
    }
    case 'compare':
      return compileComparison(value, slot, view);
    case 'date': {
      const { part, number } = value;
      const compare = comparisons[value.operator];
      return () => any(view.texts(slot), (text) => compare(datePartOf(text, part) ?? Number.NaN, number));
    }
    case 'fieldref':
      return compileReference(value, slot, context);
    case 'any': {
      const together = compileTexts(value.values, { field, every: false }, context);
      if (together) return together;
      const predicates = value.values.map((inner) => compileValue(inner, field, context));
      return () => predicates.some((holds) => holds());
    }
  }
}

/** A list in the event holds when any of its elements does. */
function any(texts: Texts, test: (text: string) => boolean): boolean {
  if (typeof texts === 'string') return test(texts);
  return texts?.some(test) ?? false;
}

/**
 * Compiles texts that are all compared without case, by far the most common item, to one look at the field for all of them;
 * undefined for other values.
 */
export function compileTexts(
  values: readonly Value[],
  { field, every }: { readonly field: string | undefined; readonly every: boolean },
  { view }: CompileContext,
): Predicate | undefined {
  const texts = values.filter((value) => value.kind === 'text').filter(({ cased }) => !cased);
  if (values.length < 2 || texts.length < values.length) return undefined;
  const tests = texts.map(foldedTest);
  const slot = view.slot(field);
  if (every) {
    return () => {
      const found = view.folded(slot);
      for (const test of tests) if (!any(found, test)) return false;
      return true;
    };
  }
  return () => {
    const found = view.folded(slot);
    if (found === undefined) return false;
    for (const test of tests) if (any(found, test)) return true;
    return false;
  };
}

function foldedTest({ parts }: TextValue): TextTest {
  return textTest(parts.map((part) => (typeof part === 'string' ? fold(part) : part)));
}

function compileText(value: TextValue, slot: number, view: EventView): Predicate {
  const { parts, cased } = value;
  if (cased) {
    const test = textTest(parts);
    return () => any(view.texts(slot), test);
  }
  const test = foldedTest(value);
  // Folding a text costs more than knowing that it is there.
  if (parts.length === 1 && parts[0] === many) return () => any(view.texts(slot), test);
  return () => any(view.folded(slot), test);
}

/** Is searched once for an event, however often it is asked. */
function compileRegexValue({ search, required }: Regex, slot: number, context: CompileContext): Predicate {
  const { view, truncated, cuts } = context;
  let askedAt = 0;
  let cutAt = 0;
  let held = false;
  const finds = (text: string) => {
    const outcome = search(text);
    if (outcome === 'unknown') {
      truncated.add();
      cutAt = view.generation;
    }
    return outcome === 'found';
  };
  const mayHold = mayContain(required, slot, view);
  cuts.push(() => cutAt === view.generation);
  return () => {
    if (askedAt === view.generation) return held;
    askedAt = view.generation;
    held = mayHold() && any(view.texts(slot), finds);
    return held;
  };
}

/** Looking for a few texts is cheaper than a search. */
function mayContain(required: Regex['required'], slot: number, view: EventView): Predicate {
  if (!required || required.length > maxSoughtTexts) return () => true;
  return () => any(view.folded(slot), (text) => required.some((sought) => text.includes(sought)));
}

const maxSoughtTexts = 4;

function compileComparison({ operator, number }: Comparison, slot: number, view: EventView): Predicate {
  const compare = comparisons[operator];
  return () =>
    any(view.texts(slot), (text) => {
      const found = decimal(text);
      return found !== undefined && compare(found, number);
    });
}

const comparisons: Readonly<Record<Operator | 'eq', (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
};

function compileReference(reference: FieldReference, slot: number, context: CompileContext): Predicate {
  const { starts, ends } = reference;
  const { view, truncated, cuts } = context;
  const otherSlot = view.slot(reference.field);
  const read = reference.cased ? view.texts : view.folded;
  const relate = (text: string, other: string) => {
    if (starts && ends) return createContains(other)(text);
    if (starts) return text.startsWith(other);
    return ends ? text.endsWith(other) : text === other;
  };
  let cutAt = 0;
  cuts.push(() => cutAt === view.generation);
  return () => {
    const texts = read(slot);
    const others = read(otherSlot);
    if (typeof texts === 'string') return any(others, (other) => relate(texts, other));
    if (typeof others !== 'object') return any(texts, (text) => any(others, (other) => relate(text, other)));
    // Two lists would take the product of their lengths.
    if (!starts && !ends) return any(texts, isOneOf(others));
    const compared = others.slice(0, Math.max(1, Math.floor(maxPairs / (texts?.length ?? 1))));
    const held = any(texts, (text) => any(compared, (other) => relate(text, other)));
    if (!held && compared.length < others.length) {
      truncated.add();
      cutAt = view.generation;
    }
    return held;
  };
}

function isOneOf(texts: readonly string[]): (text: string) => boolean {
  const all = new Set(texts);
  return (text) => all.has(text);
}

const maxPairs = 1_000_000;
