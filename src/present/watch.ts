import type { AuditState } from '../host/audit-state.ts';

export interface Watch {
  /** What is watched, a line each. */
  readonly watches: readonly string[];
  /** What is not, a line each. */
  readonly blind: readonly string[];
  /** The one command that would change that. */
  readonly remedy: string | undefined;
}

/** A text log of the configuration. */
interface LogFacts {
  readonly path: string;
  readonly services: readonly string[];
  readonly log: AuditState['log'];
}

/** Where audit records come from: auditd's log, or, where that is switched off, the socket of its af_unix plugin. */
interface AuditFacts extends AuditState {
  readonly path: string;
  readonly isSocket?: true;
}

export interface WatchFacts {
  /** Undefined when the configuration switches both off. */
  readonly audit: AuditFacts | undefined;
  /** The socket, where it is read beside the log. */
  readonly socket?: { readonly path: string; readonly state: AuditState['log'] } | undefined;
  /** Records are taken from standard input. */
  readonly readsStdin?: boolean;
  /** Undefined when it switches scans off. */
  readonly scanIntervalMs: number | undefined;
  readonly isRoot: boolean;
  readonly logs: readonly LogFacts[];
}

/** Puts into words what a running agent sees of its host. */
export function describeWatch(facts: WatchFacts): Watch {
  const { watches, blind, remedy } = describePrograms(facts);
  const { socket } = facts;
  const read = facts.logs.filter(({ log }) => log === 'readable');
  const unread = facts.logs.filter(({ log }) => log !== 'readable');
  return {
    watches: [
      ...watches,
      ...(socket?.state === 'readable' ? [`auditd's socket: the same sooner, from ${socket.path}`] : []),
      ...read.map(({ path, services }) => `${path}: each line, for ${services.join(', ')}`),
    ],
    blind: [
      ...blind,
      ...(socket && socket.state !== 'readable'
        ? [`the time before a record is in the log: ${whyNoSocket(socket)}`]
        : []),
      ...unread.map(whyNoLog),
    ],
    remedy,
  };
}

function whyNoLog({ path, services, log }: LogFacts): string {
  const why = log === 'missing' ? `there is no ${path} yet` : `${path} may not be read`;
  return `the log of ${services.join(', ')}: ${why}`;
}

function describePrograms({ audit, readsStdin, scanIntervalMs, isRoot, logs }: WatchFacts): Watch {
  const watches = readsStdin ? ['audit: the records that come on standard input'] : [];
  // A log of one's own without scans: nothing of this host is looked at, so its audit rules say nothing.
  const foreign =
    audit?.log === 'readable' && !audit.isSocket && scanIntervalMs === undefined && audit.path !== auditdsLog;
  if (foreign)
    return { watches: [...watches, `audit: what is written to ${audit.path}`], blind: [], remedy: undefined };
  const complete = audit?.log === 'readable' && (audit.execArchitectures?.includes('b64') ?? true);
  if (audit && complete) {
    const architectures = audit.execArchitectures?.join(' and ') ?? 'architectures that only root can ask for';
    watches.push(
      `audit: every program start, with its whole argument list, from ${audit.path} (exec rules: ${architectures})`,
    );
  }
  if (scanIntervalMs !== undefined) watches.push(`/proc: a look at all processes every ${scanIntervalMs / 1000} s`);

  const blind: string[] = [];
  // Who feeds standard input knows what is in it.
  if (!complete && !(readsStdin && !audit)) {
    blind.push(...whyNoAudit(audit));
    blind.push(
      scanIntervalMs === undefined
        ? logs.length > 0
          ? 'programs: neither audit nor /proc is looked at'
          : 'anything: no source is at work'
        : `programs that end within ${scanIntervalMs / 1000} s, and arguments that a program has overwritten`,
    );
  } else if (audit?.execArchitectures && !audit.execArchitectures.includes('b32')) {
    blind.push('32-bit programs: no exec rule for arch=b32');
  }
  if (!isRoot && scanIntervalMs !== undefined)
    blind.push("images and folders of other users' processes: that takes root");
  return { watches, blind, remedy: blind.length === 0 ? undefined : remedyFor(audit, complete, isRoot) };
}

/** auditd.conf(5) log_file, unless it is changed. */
const auditdsLog = '/var/log/audit/audit.log';

function whyNoAudit(audit: WatchFacts['audit']): readonly string[] {
  if (!audit) return ['the audit log: sources.audit_log.enabled is false'];
  if (audit.isSocket && audit.log !== 'readable') return [whyNoSocket({ path: audit.path, state: audit.log })];
  if (audit.log === 'missing') return [`the audit log: there is no ${audit.path} (no auditd)`];
  if (audit.log === 'denied') return [`the audit log: ${audit.path} may only be read by root`];
  return [`program starts in ${audit.path}: no audit rule records them all`];
}

function whyNoSocket({ path, state }: NonNullable<WatchFacts['socket']>): string {
  return state === 'denied'
    ? `auditd's socket: ${path} may only be read by root`
    : `auditd's socket: there is none at ${path} (its af_unix plugin is not active)`;
}

function remedyFor(audit: WatchFacts['audit'], complete: boolean, isRoot: boolean): string | undefined {
  if (!audit) return undefined;
  if (!isRoot) return complete ? 'sudo scripts/start' : 'sudo scripts/start --auditd';
  if (audit.isSocket && audit.log === 'missing')
    return 'cp config/audit/plugins/af_unix.conf /etc/audit/plugins.d/ && service auditd reload';
  if (complete) return 'auditctl -a always,exit -F arch=b32 -S execve,execveat -F success=1 -F key=sigmond_exec';
  return 'scripts/start --auditd';
}

export function toLines({ watches, blind, remedy }: Watch): readonly string[] {
  const lines = watches.map((text) => `watching  ${text}`);
  lines.push(...blind.map((text) => `blind to  ${text}`));
  if (remedy !== undefined) lines.push(`to change that:  ${remedy}`);
  return lines;
}
