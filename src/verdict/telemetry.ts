import type { AuditRule } from '../host/audit-rules.ts';

/** What this host is set up to tell, as far as it decides which rules can fire. */
export interface Telemetry {
  /** Undefined where the configuration does not follow the audit log. */
  readonly auditLog: LogFile | undefined;
  /** The audit rules that the kernel has loaded; undefined where they could not be asked for. */
  readonly auditRules: readonly AuditRule[] | undefined;
  /** Paths of those rules that are folders here, so that they stand for all that is in them. */
  readonly watchedFolders: ReadonlySet<string>;
  readonly scansProc: boolean;
  /** Text logs, with the product and the services that rules know them by. */
  readonly logs: readonly (LogFile & { readonly product: string; readonly services: readonly string[] })[];
  /** Names of the system calls of this machine; undefined where it is not known which those are. */
  readonly systemCalls: ReadonlySet<string> | undefined;
  /** A PAM service has pam_tty_audit; undefined where that could not be read. */
  readonly recordsKeystrokes: boolean | undefined;
}

interface LogFile {
  readonly path: string;
  /** What only another user may read passes: the daemon runs as root. */
  readonly state: 'readable' | 'missing' | 'denied';
}
