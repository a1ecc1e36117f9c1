import type { ProcessState } from '../host/audit-daemon.ts';
import type { AuditStatus } from '../host/audit-status.ts';

/** What can be looked at when a canary does not come back; undefined where it cannot be known. */
export interface Symptoms {
  readonly status: AuditStatus | undefined;
  readonly auditd: ProcessState | undefined;
  readonly hasExecRule: boolean | undefined;
  readonly log: 'readable' | 'missing' | 'denied';
  /** The canary could not even be started. */
  readonly isRefused: boolean;
}

export interface Diagnosis {
  /** A word for rules. */
  readonly reason:
    | 'audit_disabled'
    | 'auditd_gone'
    | 'auditd_stopped'
    | 'exec_rules_removed'
    | 'log_missing'
    | 'log_denied'
    | 'not_started'
    | 'unknown';
  /** It may pass by itself, and is no reason to speak before another attempt. */
  readonly isDoubtful: boolean;
  /** A sentence for people. */
  readonly text: string;
  /** What was seen, by the names that rules may use. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Says why nothing comes any more, from the kernel down to the log: the first cause there explains the rest. */
export function explainSymptoms(symptoms: Symptoms): Diagnosis {
  const { status, auditd, hasExecRule, log } = symptoms;
  const reason = reasonOf(symptoms);
  return {
    reason,
    isDoubtful: reason === 'unknown' || reason === 'not_started',
    text: `the audit system no longer reports what is started: ${texts[reason]}`,
    fields: {
      ...(status && {
        AuditEnabled: String(status.enabled),
        AuditdPid: String(status.pid),
        Backlog: String(status.backlog),
      }),
      ...(auditd && { AuditdState: auditd }),
      ...(hasExecRule !== undefined && { ExecRules: hasExecRule ? 'loaded' : 'none' }),
      AuditLog: log,
    },
  };
}

function reasonOf({ status, auditd, hasExecRule, log, isRefused }: Symptoms): Diagnosis['reason'] {
  if (status?.enabled === 0) return 'audit_disabled';
  if (hasExecRule === false) return 'exec_rules_removed';
  if (status?.pid === 0 || auditd === 'gone') return 'auditd_gone';
  if (auditd === 'stopped') return 'auditd_stopped';
  if (log === 'missing') return 'log_missing';
  if (log === 'denied') return 'log_denied';
  return isRefused ? 'not_started' : 'unknown';
}

const texts: Readonly<Record<Diagnosis['reason'], string>> = {
  audit_disabled: 'auditing is switched off in the kernel (auditctl -e 1 switches it on)',
  exec_rules_removed: 'no rule for execve is loaded (augenrules --load loads the rules)',
  auditd_gone: 'auditd does not run',
  auditd_stopped: 'auditd is held by a signal (SIGSTOP) and writes nothing',
  log_missing: 'the audit log is not there',
  log_denied: 'the audit log may not be read',
  not_started: 'sigmond cannot start a process to try it',
  unknown: 'the kernel records, auditd runs and the log is there, yet nothing arrives in it',
};
