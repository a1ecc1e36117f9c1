import type { ItemPredicate } from './rule-page.ts';
import type { FieldValue, Logsource } from './sigma-event.ts';

/** Why rules did or did not match an event: the JSON of `explain`. */
export type Explanation = RuleExplanation | CorrelationExplanation;

export interface RuleExplanation {
  readonly rule: ExplainedRule;
  /** What the engine says, too: the rule applies to the event and its condition holds. */
  readonly matched: boolean;
  readonly logsource: {
    readonly rule: Logsource;
    readonly event: Logsource;
    /** The rule applies to events of that logsource. */
    readonly fits: boolean;
  };
  readonly condition: ConditionResult;
}

/** A correlation counts over many events; one event can only be explained for the rules that it counts. */
export interface CorrelationExplanation {
  readonly rule: ExplainedRule;
  /** Any of its rules matched. */
  readonly matched: boolean;
  readonly correlation: string;
  /** Also those that it counts through other correlations. */
  readonly rules: readonly RuleExplanation[];
}

export interface ExplainedRule {
  readonly id: string;
  readonly title: string;
}

/** A part of a condition and whether it held. */
export type ConditionResult =
  | { readonly kind: 'and' | 'or'; readonly held: boolean; readonly of: readonly ConditionResult[] }
  | { readonly kind: 'not'; readonly held: boolean; readonly of: ConditionResult }
  | {
      readonly kind: 'quantifier';
      /** `1 of selection_*` */
      readonly text: string;
      readonly held: boolean;
      readonly of: readonly SelectionResult[];
    }
  | SelectionResult;

export interface SelectionResult {
  readonly kind: 'selection';
  readonly name: string;
  readonly held: boolean;
  readonly of: DetectionResult;
}

export type DetectionResult =
  | { readonly kind: 'all' | 'any'; readonly held: boolean; readonly of: readonly DetectionResult[] }
  | ItemResult;

/** One detection item, what the event has for it, and which of its values held. */
export interface ItemResult {
  readonly kind: 'item';
  readonly held: boolean;
  readonly predicate: ItemPredicate;
  /** What the event has in the field, or as its message for keywords; absent where it has nothing. */
  readonly found?: FieldValue;
  /** The field of the event whose name differs from the wanted one, which is missing, in upper and lower case only. */
  readonly similarField?: string;
  /** Those of the predicate, in its order. */
  readonly values: readonly ValueResult[];
}

export interface ValueResult {
  readonly value: FieldValue;
  readonly held: boolean;
  /** Of a value that did not hold: the field is missing, only upper and lower case differ, or the values do. */
  readonly why?: 'missing' | 'case' | 'differs';
}
