import type { ItemPredicate, Stage } from '../model/rule-page.ts';
import { conditionText } from './condition.ts';
import type { Condition, Detection, DetectionItem, ItemValue } from './rule.ts';

/** What a rule or a filter decides by. */
export interface Detecting {
  readonly selections: ReadonlyMap<string, Detection>;
  readonly condition: Condition;
}

/** The condition, then the selections in the rule's order. */
export function stagesOf({ condition, selections }: Detecting): readonly Stage[] {
  return [
    { name: 'condition', predicate: conditionText(condition) },
    ...[...selections].map(([name, detection]) => ({ name, predicates: alternativesOf(detection) })),
  ];
}

/** The items of a detection, however it puts them together. */
export function itemsOf(detection: Detection): readonly DetectionItem[] {
  return detection.kind === 'item' ? [detection] : detection.of.flatMap(itemsOf);
}

/** The contract's word for how a value is compared. */
export function kindOf({ operator }: Pick<ItemValue, 'operator'>): string {
  return operator === 'contains' ? 'match' : operator;
}

/** The modifiers of an item that a value's kind does not tell. */
export function otherModifiers({ modifiers }: DetectionItem, kind: string): readonly string[] {
  const told = ['all', 'neq', toldBy.get(kind) ?? kind];
  return modifiers.filter((modifier) => !told.includes(modifier));
}

/** Where the modifier has another name than the kind. */
const toldBy: ReadonlyMap<string, string> = new Map([
  ['match', 'contains'],
  ['starts_with', 'startswith'],
  ['ends_with', 'endswith'],
  ['regex', 're'],
]);

function alternativesOf(detection: Detection): readonly (readonly ItemPredicate[])[] {
  if (detection.kind === 'item') return [[predicateOf(detection)]];
  const parts = detection.of.map(alternativesOf);
  if (detection.kind === 'any') return parts.flat();
  // A map holds only items, so each part is a single alternative and the product is one.
  return parts.reduce((left, right) => left.flatMap((a) => right.map((b) => [...a, ...b])), [[]]);
}

/** An item in the words of a rule's page. */
export function predicateOf(item: DetectionItem): ItemPredicate {
  const kind = kindOfItem(item);
  const modifiers = otherModifiers(item, kind);
  return {
    field: item.field ?? null,
    kind,
    values: item.values.map(({ written }) => written),
    ...(item.every && { every: true }),
    ...(item.negated && { negated: true }),
    ...(modifiers.length > 0 && { modifiers }),
  };
}

/** Without modifiers, one list may hold plain values, wildcards and null: a plain value is a wildcard without stars. */
function kindOfItem({ values }: DetectionItem): string {
  const kinds = new Set(values.map(kindOf));
  if (kinds.has('wildcard')) return 'wildcard';
  const [first = 'equals', second] = [...kinds];
  return second !== undefined && first === 'null' ? second : first;
}
