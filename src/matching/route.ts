import { fold } from '../sigma/fold.ts';
import type { Rule } from '../sigma/rule.ts';
import { decimal } from '../sigma/value.ts';
import { type Automaton, buildAutomaton, type Needle, searchAscii, searchFolded } from './automaton.ts';
import type { CompiledRule } from './compile.ts';
import type { EventView } from './event-view.ts';
import { type Clue, type Price, witnessOf } from './witness.ts';

/** The rules that can apply to the events of one logsource, in rule order. */
export interface Route {
  readonly size: number;
  /** Those that hold for the event that the view has loaded; `nothing` when none does. */
  matching(): readonly CompiledRule[];
  /** Whether it remembers that none held for an event with this `type` and likeness: see SigmaEvent. */
  isSilent(type: string, likeness: string): boolean;
}

export interface IndexedRule {
  readonly rule: Rule;
  readonly compiled: CompiledRule;
}

export const nothing: readonly CompiledRule[] = Object.freeze([]);

const remembersNothing = () => false;

/** Evaluates every rule on every event: what the index has to agree with. */
export function createLinearRoute(rules: readonly IndexedRule[]): Route {
  return {
    size: rules.length,
    matching: () => {
      const found = rules.filter(({ compiled }) => compiled.holds()).map(({ compiled }) => compiled);
      return found.length > 0 ? found : nothing;
    },
    isSilent: remembersNothing,
  };
}

/** Evaluates a rule only on events that have one of its clues, and rules without clues on every event. */
export function createIndexedRoute(rules: readonly IndexedRule[], view: EventView, price: Price): Route {
  const compiled = rules.map((indexed) => indexed.compiled);
  const { fields, unwitnessed } = index(rules, view, price);
  // A rule is a candidate once an event, however many of its clues the event has.
  const considered = new Float64Array(rules.length);
  let generation = 0;
  // Places of the rules that hold, in the order in which they were found.
  const found = new Int32Array(rules.length);
  let count = 0;
  const fieldsAmong = createNarrowing(fields);

  const consider = (candidates: Int32Array): void => {
    for (let at = 0; at < candidates.length; at++) {
      const place = candidates[at] ?? 0;
      if (considered[place] === generation) continue;
      considered[place] = generation;
      if (compiled[place]?.holds()) found[count++] = place;
    }
  };

  return {
    size: rules.length,
    matching() {
      generation++;
      count = 0;
      for (const field of fieldsAmong(view.names)) {
        const texts = view.texts(field.slot);
        if (texts === undefined) continue;
        if (typeof texts === 'string') search(field, texts, consider);
        else for (const text of texts) search(field, text, consider);
      }
      consider(unwitnessed);
      return count === 0 ? nothing : inRuleOrder(found.subarray(0, count), compiled);
    },
    isSilent: remembersNothing,
  };
}

interface FieldIndex {
  /** Undefined for the message. */
  readonly name: string | undefined;
  readonly slot: number;
  readonly automaton: Automaton;
  readonly numbers: ReadonlyMap<number, Int32Array>;
}

/** Of these, the fields that an event can have whose names are told; remembered by the names, which events share. */
function createNarrowing(
  fields: readonly FieldIndex[],
): (names: ReadonlySet<string> | undefined) => readonly FieldIndex[] {
  const narrowed = new WeakMap<ReadonlySet<string>, readonly FieldIndex[]>();
  let last: ReadonlySet<string> | undefined;
  let lastFields = fields;
  return (names) => {
    if (names === undefined) return fields;
    if (names === last) return lastFields;
    let known = narrowed.get(names);
    if (!known) {
      known = fields.filter(({ name }) => name === undefined || names.has(name));
      narrowed.set(names, known);
    }
    last = names;
    lastFields = known;
    return known;
  };
}

function search({ automaton, numbers }: FieldIndex, text: string, consider: (candidates: Int32Array) => void): void {
  if (!searchAscii(automaton, text, consider)) searchFolded(automaton, fold(text), consider);
  if (numbers.size === 0) return;
  const number = decimal(text);
  const candidates = number === undefined ? undefined : numbers.get(number);
  if (candidates) consider(candidates);
}

function inRuleOrder(places: Int32Array, compiled: readonly CompiledRule[]): readonly CompiledRule[] {
  if (places.length > 1) places.sort();
  const rules: CompiledRule[] = [];
  for (const place of places) {
    const rule = compiled[place];
    if (rule) rules.push(rule);
  }
  return rules;
}

function index(
  rules: readonly IndexedRule[],
  view: EventView,
  price: Price,
): { fields: readonly FieldIndex[]; unwitnessed: Int32Array } {
  const cluesByField = new Map<string | undefined, [clue: Clue, place: number][]>();
  const unwitnessed: number[] = [];
  for (const [place, { rule }] of rules.entries()) {
    const witness = witnessOf(rule, price);
    if (!witness) unwitnessed.push(place);
    for (const clue of witness?.clues ?? []) {
      const clues = cluesByField.get(clue.field);
      if (clues) clues.push([clue, place]);
      else cluesByField.set(clue.field, [[clue, place]]);
    }
  }
  const fields = [...cluesByField].map(([field, clues]) => indexField(field, view.slot(field), clues));
  return { fields, unwitnessed: Int32Array.from(unwitnessed) };
}

function indexField(name: string | undefined, slot: number, clues: readonly (readonly [Clue, number])[]): FieldIndex {
  const needles: Needle[] = [];
  const places: number[][] = [];
  const numbers = new Map<number, number[]>();
  for (const [clue, place] of clues) {
    if ('number' in clue) {
      numbers.set(clue.number, [...(numbers.get(clue.number) ?? []), place]);
    } else {
      needles.push(clue);
      places.push([place]);
    }
  }
  return {
    name,
    slot,
    automaton: buildAutomaton(needles, places),
    numbers: new Map([...numbers].map(([number, ruled]) => [number, Int32Array.from(ruled)])),
  };
}
