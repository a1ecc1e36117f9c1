import type { MatchedItem, RuleMeta } from '../model/rule.ts';
import { namesOf } from '../sigma/condition.ts';
import type { Condition, Detection, DetectionItem, Rule } from '../sigma/rule.ts';
import { type CompileContext, compileTexts, compileValue, type Predicate } from './compile-value.ts';

/** A rule as closures over the event view. */
export interface CompiledRule {
  readonly meta: RuleMeta;
  readonly holds: Predicate;
  /** What held of an event for which `holds` is true: the selections of the condition that no `not` stands before. */
  explain(): Record<string, readonly MatchedItem[]>;
  /** A text of the event was too long to be searched whole, so that there may be more in it than was found. */
  truncated(): boolean;
}

export function compileRule(rule: Rule, shared: Omit<CompileContext, 'cuts'>): CompiledRule {
  const context: CompileContext = { ...shared, cuts: [] };
  const selections = new Map<string, CompiledDetection>();
  for (const [name, detection] of rule.selections) selections.set(name, compileDetection(detection, context));
  const { positive } = namesOf(rule.condition);
  return {
    meta: rule.meta,
    holds: compileCondition(rule.condition, (name) => selections.get(name)?.holds ?? never),
    explain: () => {
      const held: [string, readonly MatchedItem[]][] = [];
      for (const [name, { holds, collect }] of selections) {
        if (!positive.has(name) || !holds()) continue;
        const items: MatchedItem[] = [];
        collect(items);
        held.push([name, items]);
      }
      return Object.fromEntries(held);
    },
    truncated: () => context.cuts.some((isCut) => isCut()),
  };
}

const never: Predicate = () => false;

/** What a condition says of the event that the view has loaded, given what its selections say. */
export function compileCondition(condition: Condition, predicateOf: (name: string) => Predicate): Predicate {
  switch (condition.kind) {
    case 'and':
      return every(condition.of.map((part) => compileCondition(part, predicateOf)));
    case 'or':
      return some(condition.of.map((part) => compileCondition(part, predicateOf)));
    case 'not': {
      const holds = compileCondition(condition.of, predicateOf);
      return () => !holds();
    }
    case 'selection':
      return predicateOf(condition.name);
    case 'quantifier': {
      const predicates = condition.names.map(predicateOf);
      return condition.count === 'all' ? every(predicates) : some(predicates);
    }
  }
}

export interface CompiledDetection {
  readonly holds: Predicate;
  /** Adds the values that held, for an event for which `holds` is true. */
  collect(items: MatchedItem[]): void;
}

export function compileDetection(detection: Detection, context: CompileContext): CompiledDetection {
  if (detection.kind === 'item') return compileItem(detection, context);
  const parts = detection.of.map((part) => compileDetection(part, context));
  const predicates = inCostOrder(detection.of, parts).map(({ holds }) => holds);
  return {
    holds: detection.kind === 'all' ? every(predicates) : some(predicates),
    collect: (items) => {
      for (const { holds, collect } of parts) if (holds()) collect(items);
    },
  };
}

/** Regular expressions last: what stands before them often settles the matter. */
function inCostOrder(of: readonly Detection[], parts: readonly CompiledDetection[]): readonly CompiledDetection[] {
  const slow = of.map((part) => part.kind === 'item' && part.values.some(({ value }) => value.kind === 'regex'));
  return [...parts.filter((_, index) => !slow[index]), ...parts.filter((_, index) => slow[index])];
}

function compileItem(
  { field, values, every: all, negated }: DetectionItem,
  context: CompileContext,
): CompiledDetection {
  const compiled = values.map(({ value, written, operator }) => {
    const cuts: Predicate[] = [];
    const holds = compileValue(value, field, { ...context, cuts });
    context.cuts.push(...cuts);
    return {
      holds,
      item: {
        ...(field !== undefined && { field }),
        value: written,
        operator,
        ...(negated && { negated }),
      },
      cuts,
    };
  });
  const asWritten =
    compileTexts(
      values.map(({ value }) => value),
      { field, every: all },
      context,
    ) ?? (all ? every : some)(compiled.map(({ holds }) => holds));
  return {
    holds: negated ? () => !asWritten() : asWritten,
    collect: (items) => {
      for (const { holds, item, cuts } of compiled) {
        if (holds() === negated) continue;
        items.push(cuts.some((isCut) => isCut()) ? { ...item, truncated: true } : item);
      }
    },
  };
}

function every(predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (only && predicates.length === 1) return only;
  return () => {
    for (const holds of predicates) if (!holds()) return false;
    return true;
  };
}

function some(predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (only && predicates.length === 1) return only;
  return () => {
    for (const holds of predicates) if (holds()) return true;
    return false;
  };
}
