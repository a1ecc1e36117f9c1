import type { RuleMeta } from './rule.ts';

/** Whether a rule can ever fire on a host: with all it looks for, with a part of it, or never. */
export type Verdict = 'can-fire' | 'degraded' | 'cannot-fire';

export interface RuleVerdict {
  readonly meta: RuleMeta;
  readonly verdict: Verdict;
  /** Empty for a rule that can fire, but for what is not known. */
  readonly reasons: readonly Reason[];
}

/** Why a rule cannot fire, or not always when it should. */
export interface Reason {
  readonly kind:
    | 'logsource'
    | 'field'
    | 'value'
    | 'record-type'
    | 'audit-log'
    | 'proc-scan'
    | 'audit-rule'
    | 'key'
    | 'log'
    | 'member'
    | 'unknown';
  readonly text: string;
  readonly field?: string;
  /** What the text is about: keys, system calls, paths, services. */
  readonly values?: readonly string[];
  /** An audit rule that would change it, as auditctl takes it. */
  readonly remedy?: string;
}
