import type { Location, RuleMeta } from '../model/rule.ts';
import type { FieldValue } from '../model/sigma-event.ts';
import type { Value } from './value.ts';

/** What a document of a rule file can be, once parsed and checked; nothing is compiled. */
export type Document = Rule | Correlation | Filter;

export interface DocumentBase {
  readonly meta: RuleMeta;
  /** What correlations and filters may call it by, beside its id. */
  readonly name: string | undefined;
  /** Hex SHA-256 of all that it was made of, filters that apply to it too; see digestOf. */
  readonly digest: string;
  /** The document as its file has it. */
  readonly text: string;
  /** The place of its id, or of its first line where it has none. */
  readonly at: Location;
}

export interface Rule extends DocumentBase {
  readonly kind: 'rule';
  readonly selections: ReadonlyMap<string, Detection>;
  readonly condition: Condition;
}

/** Restricts rules to the events for which its condition holds too. */
export interface Filter extends DocumentBase {
  readonly kind: 'filter';
  /** `any`: every rule of its logsource. */
  readonly rules: readonly Reference[] | 'any';
  readonly selections: ReadonlyMap<string, Detection>;
  readonly condition: Condition;
}

/** What a document calls another one by: its id or its name. */
export interface Reference {
  readonly to: string;
  readonly at: Location;
}

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
] as const;
export type CorrelationType = (typeof correlationTypes)[number];

export interface Correlation extends DocumentBase {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  readonly rules: readonly Reference[];
  readonly groupBy: readonly string[];
  /** Where each of them is written. */
  readonly groupByAt: readonly Location[];
  readonly timespanMs: number;
  readonly aliases: readonly Alias[];
  readonly condition: Threshold | Expression;
  /** The rules that it refers to raise alerts of their own as well. */
  readonly generate: boolean;
}

/** A name for what the events of different rules have in different fields. */
export interface Alias {
  readonly name: string;
  readonly fields: readonly { readonly rule: Reference; readonly field: string }[];
}

/** A number that has to be within all bounds. */
export interface Threshold {
  readonly kind: 'threshold';
  readonly bounds: readonly Bound[];
  /** What is counted or added up; several are counted as one. Empty for types that need none. */
  readonly fields: readonly string[];
  /** 0 to 100, of value_percentile. */
  readonly percentile: number;
}

export const boundOperators = ['lt', 'lte', 'gt', 'gte', 'eq', 'neq'] as const;

export interface Bound {
  readonly operator: (typeof boundOperators)[number];
  readonly number: number;
}

/** Which rules have to have matched: its selections are what `rules` refers to them by. */
export interface Expression {
  readonly kind: 'expression';
  readonly of: Condition;
}

/** A correlation whose references have been found. */
export interface LinkedCorrelation {
  readonly correlation: Correlation;
  /** Ids of rules, in the order of `correlation.rules`. */
  readonly members: readonly string[];
  /** By alias and a member's id, the field that its events have for it. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Hex SHA-256 of its own digest and its members': the same as long as it means the same. */
  readonly digest: string;
}

/** Documents put together: filters have become part of the rules that they restrict. */
export interface RuleCollection {
  readonly rules: readonly Rule[];
  /** Correlations that others refer to before those others. */
  readonly correlations: readonly LinkedCorrelation[];
  readonly filters: readonly Filter[];
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
  /** Names of its modifiers, as the rule writes them. */
  readonly modifiers: readonly string[];
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
