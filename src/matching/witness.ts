import { fold } from '../sigma/fold.ts';
import type { Condition, Detection, DetectionItem, Rule } from '../sigma/rule.ts';
import type { TextValue, Value } from '../sigma/value.ts';
import type { Needle } from './automaton.ts';

/** A text or number in a field (the message without one) without which some part of a rule cannot hold. */
export type Clue = { readonly field: string | undefined } & (Needle | { readonly number: number });

/** Clues of which every matching event has at least one. */
export interface Witness {
  readonly clues: readonly Clue[];
  /** Guess of how many of all events have one; smaller is better. */
  readonly cost: number;
}

/** What a clue is expected to cost. */
export type Price = (clue: Clue) => number;

/** The cheapest witness of a rule, or undefined when none is easily proven and the rule has to see every event. */
export function witnessOf({ condition, selections }: Rule, price: Price): Witness | undefined {
  return ofCondition(condition);

  function ofCondition(node: Condition): Witness | undefined {
    switch (node.kind) {
      case 'not':
        return undefined;
      case 'selection':
        return ofName(node.name);
      case 'and':
        return cheapest(node.of.map(ofCondition));
      case 'or':
        return union(node.of.map(ofCondition));
      case 'quantifier':
        return node.count === 'all' ? cheapest(node.names.map(ofName)) : union(node.names.map(ofName));
    }
  }

  function ofName(name: string): Witness | undefined {
    const detection = selections.get(name);
    return detection && ofDetection(detection, price);
  }
}

/** Prices for the rules of one set: what many rules look for, and fields of few values, tell little; long texts tell more. */
export interface Pricing {
  /** Takes a rule of the set into account; `price` is for when all are. */
  add(rule: Rule): void;
  readonly price: Price;
}

export function createPricing(): Pricing {
  const uses = new Map<string, number>();
  const distinct = new Map<string | undefined, number>();
  const count = (clue: Clue) => {
    const key = keyOf(clue);
    const before = uses.get(key) ?? 0;
    uses.set(key, before + 1);
    if (before === 0) distinct.set(clue.field, (distinct.get(clue.field) ?? 0) + 1);
    return 0;
  };
  return {
    add({ selections }) {
      for (const detection of selections.values()) ofDetection(detection, count);
    },
    price(clue) {
      const common = (uses.get(keyOf(clue)) ?? 1) / (distinct.get(clue.field) ?? 1);
      const length = 'number' in clue ? 2 : clue.text.length + Number(clue.start) + Number(clue.end);
      return common + 2 ** -length;
    },
  };
}

function keyOf(clue: Clue): string {
  return 'number' in clue ? `${clue.field}\n${clue.number}` : `${clue.field}\n${clue.start}\n${clue.end}\n${clue.text}`;
}

function ofDetection(detection: Detection, price: Price): Witness | undefined {
  if (detection.kind === 'item') return ofItem(detection, price);
  const witnesses = detection.of.map((part) => ofDetection(part, price));
  return detection.kind === 'all' ? cheapest(witnesses) : union(witnesses);
}

function ofItem({ field, every, negated, values }: DetectionItem, price: Price): Witness | undefined {
  if (negated) return undefined;
  const witnesses = values.map(({ value }) => ofValue(value, field, price));
  return every ? cheapest(witnesses) : union(witnesses);
}

function ofValue(value: Value, field: string | undefined, price: Price): Witness | undefined {
  const exact = (text: string): Clue => ({ field, text: fold(text), start: true, end: true });
  switch (value.kind) {
    case 'text':
      return cheapest(textClues(value, field).map((clue) => witness([clue], price)));
    case 'number':
      return witness([{ field, number: value.number }, exact(value.written)], price);
    case 'boolean':
      return witness([exact(String(value.boolean))], price);
    case 'regex': {
      const { required } = value.regex;
      if (!required) return undefined;
      return witness(
        required.map((text) => ({ field, text, start: false, end: false })),
        price,
      );
    }
    case 'any':
      return union(value.values.map((inner) => ofValue(inner, field, price)));
    default:
      return undefined;
  }
}

/** Each literal part of a text, and the empty text, which has both ends at once. */
function textClues({ parts }: TextValue, field: string | undefined): Clue[] {
  if (parts.length === 0) return [{ field, text: '', start: true, end: true }];
  return parts.flatMap((part, index) =>
    typeof part === 'string' ? [clip(field, fold(part), index === 0, index === parts.length - 1)] : [],
  );
}

/** Of a long text one end is clue enough, and takes less of the index. */
function clip(field: string | undefined, text: string, start: boolean, end: boolean): Clue {
  if (text.length <= maxClueChars) return { field, text, start, end };
  if (end && !start) return { field, text: text.slice(-maxClueChars), start, end };
  return { field, text: text.slice(0, maxClueChars), start, end: false };
}

const maxClueChars = 128;

function witness(clues: readonly Clue[], price: Price): Witness {
  return { clues, cost: clues.reduce((sum, clue) => sum + price(clue), 0) };
}

/** Any one of the witnesses suffices, so the best is taken. */
function cheapest(witnesses: readonly (Witness | undefined)[]): Witness | undefined {
  let best: Witness | undefined;
  for (const candidate of witnesses) if (candidate && (!best || candidate.cost < best.cost)) best = candidate;
  return best;
}

function union(witnesses: readonly (Witness | undefined)[]): Witness | undefined {
  const all = witnesses.filter((one) => one !== undefined);
  if (all.length < witnesses.length) return undefined;
  return { clues: all.flatMap(({ clues }) => clues), cost: all.reduce((sum, { cost }) => sum + cost, 0) };
}
