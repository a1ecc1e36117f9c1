import { fold } from '../sigma/fold.ts';
import type { Rule } from '../sigma/rule.ts';
import { type Answers, createAnswers } from './answers.ts';
import type { CompiledRule } from './compile.ts';
import type { EventView } from './event-view.ts';
import { type IndexedRule, nothing, type Route } from './route.ts';
import { type Clue, type Price, witnessOf } from './witness.ts';

/**
 * Splits a route by the field that most of its rules hold to certain values, as rules for audit records do with `type`,
 * so that an event meets only the rules, and only the fields, that its value leaves. Without such a field it is built whole.
 */
export function createPartitionedRoute(
  rules: readonly IndexedRule[],
  view: EventView,
  build: (rules: readonly IndexedRule[]) => Route,
): Route {
  const partition = bestPartition(rules);
  if (!partition) return build(rules);
  let whole: Route | undefined;
  const slot = view.slot(partition.field);
  const byFolded = new Map<string, Route>();
  // By the value as events spell it, since folding would cost more than finding it.
  const bySpelling = new Map<string, Part>();

  function partOf(value: string): Part {
    const folded = fold(value);
    // Values that no rule names are all alike, so that the rules bound the number of parts.
    const key = partition?.named.has(folded) ? folded : unnamed;
    let route = byFolded.get(key);
    if (!route) {
      route = build(rules.filter((rule) => partition?.valuesOf.get(rule)?.has(folded) ?? true));
      byFolded.set(key, route);
    }
    const part = { route, answers: createAnswers<readonly CompiledRule[]>() };
    if (bySpelling.size >= maxSpellings) bySpelling.clear();
    bySpelling.set(value, part);
    return part;
  }

  return {
    size: rules.length,
    matching() {
      const value = view.texts(slot);
      if (typeof value !== 'string') {
        whole ??= build(rules);
        return whole.matching();
      }
      return answer(bySpelling.get(value) ?? partOf(value), view);
    },
    isSilent: (type, likeness) =>
      partition.field === 'type' && bySpelling.get(type)?.answers.find(likeness) === nothing,
  };
}

interface Part {
  readonly route: Route;
  /** What was found for events that come again and again, by likeness. */
  readonly answers: Answers<readonly CompiledRule[]>;
}

function answer({ route, answers }: Part, view: EventView): readonly CompiledRule[] {
  const { likeness } = view;
  if (likeness === undefined || likeness.length > maxLikenessChars) return route.matching();
  const known = answers.find(likeness);
  if (known) return known;
  const found = route.matching();
  answers.remember(likeness, found);
  return found;
}

const maxLikenessChars = 1024;

interface Partition {
  readonly field: string;
  /** For the rules that hold the field to certain values: those, folded. */
  readonly valuesOf: ReadonlyMap<IndexedRule, ReadonlySet<string>>;
  readonly named: ReadonlySet<string>;
}

/** The field that at least half of the rules hold to values, if there is one. */
function bestPartition(rules: readonly IndexedRule[]): Partition | undefined {
  const uses = new Map<string, number>();
  for (const { rule } of rules) {
    for (const field of exactFields(rule)) uses.set(field, (uses.get(field) ?? 0) + 1);
  }
  let best: Partition | undefined;
  for (const [field, count] of uses) {
    if (count * 2 < rules.length) continue;
    const valuesOf = new Map<IndexedRule, ReadonlySet<string>>();
    for (const indexed of rules) {
      const witness = witnessOf(indexed.rule, onlyExact(field));
      if (!witness || witness.cost === Number.POSITIVE_INFINITY) continue;
      valuesOf.set(indexed, new Set(witness.clues.flatMap((clue) => ('text' in clue ? clue.text : []))));
    }
    if (valuesOf.size * 2 < rules.length || valuesOf.size <= (best?.valuesOf.size ?? 0)) continue;
    best = { field, valuesOf, named: new Set([...valuesOf.values()].flatMap((values) => [...values])) };
  }
  return best;
}

/** Fields that the rule compares with whole texts somewhere. */
function exactFields(rule: Rule): ReadonlySet<string> {
  const fields = new Set<string>();
  witnessOf(rule, (clue) => {
    if (clue.field !== undefined && isExact(clue)) fields.add(clue.field);
    return 0;
  });
  return fields;
}

/** A price that no witness but exact texts of one field can pay. */
function onlyExact(field: string): Price {
  return (clue) => (clue.field === field && isExact(clue) ? 1 : Number.POSITIVE_INFINITY);
}

function isExact(clue: Clue): boolean {
  return 'text' in clue && clue.start && clue.end;
}

/** Folds hold no upper case, so no value is named so. */
const unnamed = 'UNNAMED';
const maxSpellings = 1024;
