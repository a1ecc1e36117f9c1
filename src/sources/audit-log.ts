import type { Counters } from '../host/counters.ts';
import { createFollowedLog, type FollowedLog, type FollowedLogOptions } from './followed-log.ts';

type AuditLogOptions = Omit<FollowedLogOptions, 'beginsLine' | 'counts'> & { readonly counters: Counters };

/** The log that auditd writes. @see auditd.conf(5) */
export function createAuditLog({ counters, ...options }: AuditLogOptions): FollowedLog {
  return createFollowedLog({
    ...options,
    beginsLine: (text) => text.startsWith('type=') || text.startsWith('node='),
    counts: {
      lines: counters.counter('audit_log_lines_total'),
      torn: counters.counter('audit_log_torn_lines_total'),
      gaps: counters.counter('audit_log_gaps_total'),
    },
  });
}
