import type { FieldValue, Logsource } from './sigma-event.ts';

export type Level = 'informational' | 'low' | 'medium' | 'high' | 'critical';

/** Place in a file, both counted from 1. */
export interface Location {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong in a file of the user's; `text` names the fix where there is one. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly at: Location;
  readonly text: string;
}

/** What people see of a rule; kept with every match. */
export interface RuleMeta {
  /** The rule's own id, or `sha256:` of what it says where it has none. */
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly status: string | undefined;
  readonly description: string | undefined;
  readonly author: string | undefined;
  readonly license: string | undefined;
  /** As the rule writes it, by the specification YYYY-MM-DD. */
  readonly date: string | undefined;
  readonly modified: string | undefined;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly related: readonly RelatedRule[];
  readonly falsepositives: readonly string[];
  /** Empty for a correlation, whose rules have theirs. */
  readonly logsource: Logsource;
  readonly path: string;
}

export interface RelatedRule {
  readonly id: string;
  /** By the specification derived, obsolete, merged, renamed or similar. */
  readonly type: string;
}

/** One detection item that held, with the value of the rule (not of the event) that did. */
export interface MatchedItem {
  /** Absent for keywords. */
  readonly field?: string;
  readonly value: FieldValue;
  /** How it was compared: contains, starts_with, ends_with, equals and so on. */
  readonly operator: string;
  /** It held because the value did not: of items with `neq`. */
  readonly negated?: boolean;
  /** Only the first part of the event's text was searched: the value may be in the rest. */
  readonly truncated?: true;
}

/** A rule that was taken out of force because of what it cost. */
export interface Quarantined {
  readonly rule: RuleMeta;
  /** Of processor time, within the minute before, by those of its evaluations that were slow. */
  readonly costMs: number;
  /** How many those were. */
  readonly evaluations: number;
}

export interface Match {
  readonly rule: RuleMeta;
  /** Selections of the condition that held, by name, each with its items that held; none for a correlation. */
  readonly selections: Readonly<Record<string, readonly MatchedItem[]>>;
  /** A text of the event was too long to be searched whole: something that the rule excludes may be in the rest. */
  readonly truncated?: true;
  /** Of a correlation, what it has fired on. */
  readonly correlation?: CorrelationMatch;
}

/** Why a correlation fired. */
export interface CorrelationMatch {
  /** As Sigma names it: event_count and so on. */
  readonly type: string;
  /** By group-by field, what the events have in common; null where they do not have the field. */
  readonly groupBy: Readonly<Record<string, string | null>>;
  readonly timespanMs: number;
  /** The count, sum, percentile and so on that held; of temporal types how many of the rules matched. */
  readonly value: number;
  /** Events in the window. */
  readonly eventCount: number;
  /** The latest of them, oldest first, each with the id of the rule that it matched. */
  readonly events: readonly { readonly id: string; readonly timestamp: string; readonly rule: string }[];
}
