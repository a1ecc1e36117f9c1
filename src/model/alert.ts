import type { Ancestor } from './process.ts';
import type { CorrelationMatch, Level, MatchedItem } from './rule.ts';
import type { EventFields, Logsource } from './sigma-event.ts';

/** An alert in the native format, as JSON has it; `id` is a pure function of host, rule and event. */
export interface Alert {
  readonly id: string;
  /** RFC 3339, UTC, milliseconds: when the event happened. */
  readonly timestamp: string;
  readonly severity: Level;
  readonly count: number;
  readonly rule: {
    readonly id: string;
    readonly title: string;
    readonly level: Level;
    readonly tags: readonly string[];
    readonly status?: string;
    readonly references: readonly string[];
  };
  readonly event: {
    readonly id: string;
    readonly timestamp: string;
    readonly logsource: Logsource;
    readonly fields: EventFields;
    readonly argv?: readonly string[];
  };
  readonly match: {
    readonly extended: boolean;
    readonly selections: Readonly<Record<string, readonly MatchedItem[]>>;
    /** Present where a text of the event was searched only in part: see Match. */
    readonly truncated?: true;
  };
  /** Of an alert that a correlation raised; `event` is the one that completed it. */
  readonly correlation?: CorrelationMatch;
  readonly ancestry: readonly Ancestor[];
  readonly host: { readonly name: string; readonly id: string };
  readonly agent: { readonly version: string; readonly ruleset: string };
}
