import { parseAuditRules } from '../../src/host/audit-rules.ts';
import { syscallsOfMachine } from '../../src/records/syscalls.ts';
import type { Telemetry } from '../../src/verdict/telemetry.ts';

/** auditd's log is followed and /proc scanned; no audit rule is loaded. */
export const bareHost: Telemetry = {
  auditLog: { path: '/var/log/audit/audit.log', state: 'readable' },
  auditRules: [],
  watchedFolders: new Set(),
  scansProc: true,
  logs: [],
  systemCalls: syscallsOfMachine('x64'),
  recordsKeystrokes: false,
};

/** The same with these audit rules. */
export function hostWith(auditRules: string, more: Partial<Telemetry> = {}): Telemetry {
  return { ...bareHost, auditRules: parseAuditRules(auditRules), ...more };
}
