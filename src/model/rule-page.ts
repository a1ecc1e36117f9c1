import type { Level, RelatedRule } from './rule.ts';
import type { FieldValue, Logsource } from './sigma-event.ts';

/** All that a reader needs to trust a rule: the JSON of `rules show`. Absent keys are those that the rule leaves out. */
export interface RulePage {
  readonly kind: 'rule' | 'correlation' | 'filter';
  readonly id: string;
  readonly title: string;
  /** What kind of detection it is, from the general to the special. */
  readonly product: string;
  readonly status?: string;
  readonly level: Level;
  readonly logsource: Logsource;
  readonly author?: string;
  readonly date?: string;
  readonly modified?: string;
  readonly license?: string;
  /** The file that it was loaded from. */
  readonly source: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** As tags write them: `execution`, `defense-evasion`; those of the techniques too. */
  readonly tactics: readonly string[];
  readonly attack: readonly AttackTechnique[];
  readonly eventCoverage: EventCoverage;
  /** The rule as its file has it. */
  readonly body: string;
  /** The condition, then the selections in the rule's order. */
  readonly stages: readonly Stage[];
  readonly indicators: readonly Indicator[];
  readonly falsepositives: readonly string[];
  readonly references: readonly string[];
  /** With titles of those that are loaded. */
  readonly related: readonly (RelatedRule & { readonly title?: string })[];
  /** Filters that restrict the rule. */
  readonly filters: readonly { readonly id: string; readonly title: string; readonly condition: string }[];
  /** Of a correlation. */
  readonly correlation?: CorrelationFacts;
}

/** A technique of MITRE ATT&CK that the rule names. */
export interface AttackTechnique {
  readonly id: string;
  /** Absent where ATT&CK as we have it does not know the id. */
  readonly name?: string;
  readonly tactics: readonly string[];
}

export interface EventCoverage {
  /** Whether the rule can fire on this host: can-fire, degraded, cannot-fire or unknown. */
  readonly verdict: string;
  readonly reasons: readonly string[];
  /** Kinds of events that sigmond makes and the rule is evaluated on. */
  readonly events: readonly string[];
  /** The fields that the rule reads, and what feeds them on this host; nothing feeds a field that never comes. */
  readonly fields: readonly { readonly name: string; readonly fedBy: readonly string[] }[];
}

export type Stage =
  | { readonly name: string; readonly predicate: string }
  /** Alternatives, each of predicates that have to hold together. */
  | { readonly name: string; readonly predicates: readonly (readonly ItemPredicate[])[] };

export interface ItemPredicate {
  /** Null for keywords, which are searched for in the event's whole text. */
  readonly field: string | null;
  /** How values are compared: match (anywhere in the text), starts_with, ends_with, equals and so on. */
  readonly kind: string;
  readonly values: readonly FieldValue[];
  /** Every value has to hold, not any. */
  readonly every?: true;
  /** The predicate holds where this does not. */
  readonly negated?: true;
  /** Modifiers that `kind`, `every` and `negated` do not tell, such as cased or base64offset. */
  readonly modifiers?: readonly string[];
}

/** What a rule looks for in one field in one way. */
export interface Indicator {
  readonly field: string | null;
  readonly kind: string;
  readonly values: readonly IndicatorValue[];
}

export interface IndicatorValue {
  readonly value: FieldValue;
  /** Loaded rules, this one included, that look for the same field, kind and value; 1 is specific to this rule. */
  readonly corpus: number;
  /** It speaks against a match: it stands only under `not`. */
  readonly excluded?: true;
  readonly modifiers?: readonly string[];
}

export interface CorrelationFacts {
  readonly type: string;
  readonly rules: readonly { readonly id: string; readonly title: string }[];
  readonly groupBy: readonly string[];
  readonly timespanMs: number;
  readonly condition: string;
  /** Its rules raise alerts of their own as well. */
  readonly generate: boolean;
}
