import type { Location, RuleMeta } from '../model/rule.ts';
import type { FieldValue } from '../model/sigma-event.ts';
import type { Value } from './value.ts';

/** A parsed rule: what its file says, checked, but nothing compiled. */
export interface Rule {
  readonly meta: RuleMeta;
  /** Hex SHA-256 of the document's text. */
  readonly digest: string;
  readonly selections: ReadonlyMap<string, Detection>;
  readonly condition: Condition;
}

/** What stands under a name in `detection`: a map is `all`, a list of maps `any`. */
export type Detection = { readonly kind: 'all' | 'any'; readonly of: readonly Detection[] } | DetectionItem;

/** One `field|modifiers: values`, or keywords where there is no field. */
export interface DetectionItem {
  readonly kind: 'item';
  readonly field: string | undefined;
  /** Every value must hold, not any. */
  readonly every: boolean;
  readonly negated: boolean;
  readonly values: readonly ItemValue[];
  readonly at: Location;
}

/** A value beside how the rule wrote it. */
export interface ItemValue {
  readonly written: FieldValue;
  /** As the contract names them: contains, starts_with, equals and so on. */
  readonly operator: string;
  readonly value: Value;
}

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'selection'; readonly name: string }
  /** `names` are those that the pattern means, in the rule's order; empty only under a `not`. */
  | {
      readonly kind: 'quantifier';
      readonly count: 'any' | 'all';
      readonly pattern: string;
      readonly names: readonly string[];
    };
