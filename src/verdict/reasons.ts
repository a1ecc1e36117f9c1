import type { Reason } from '../model/verdict.ts';
import type { Recordings } from './recordings.ts';
import type { Stream } from './streams.ts';
import type { Telemetry } from './telemetry.ts';

/** A reason whose text is `before` and its values. */
export interface ListingReason extends Omit<Reason, 'text' | 'remedy'> {
  readonly before: string;
  readonly values: readonly string[];
  readonly remedyFor?: (values: readonly string[]) => string | undefined;
}

/** What is known of the host, for the words of a reason. */
export interface Facts {
  readonly telemetry: Telemetry;
  readonly recordings: Recordings | undefined;
}

/** Each reason once; those that say the same of several values become one. */
export function gather(reasons: readonly (Reason | ListingReason)[]): readonly Reason[] {
  const gathered = new Map<string, Reason | ListingReason>();
  for (const reason of reasons) {
    const id = `${reason.kind} ${'before' in reason ? reason.before : reason.text}`;
    const known = gathered.get(id);
    if (!known) gathered.set(id, reason);
    else if ('before' in known && 'before' in reason) {
      gathered.set(id, { ...known, values: [...new Set([...known.values, ...reason.values])] });
    }
  }
  return [...gathered.values()].map((reason) => ('before' in reason ? written(reason) : reason));
}

function written({ before, remedyFor, ...reason }: ListingReason): Reason {
  const { values } = reason;
  const remedy = remedyFor?.(values);
  const shown = values.slice(0, maxListed).join(', ');
  const rest = values.length > maxListed ? ` and ${values.length - maxListed} more` : '';
  return { ...reason, text: `${before}${shown}${rest}`, ...(remedy !== undefined && { remedy }) };
}

/** What a line of text can hold; JSON has all. */
const maxListed = 3;

/** Why the host gives no events that are like the stream's at all. */
export function whyAbsent(stream: Stream, facts: Facts): Reason {
  return whyCutOff(stream, facts) ?? whyNotRecorded(stream);
}

/** Why it would give none whatever its audit rules record. */
export function whyCutOff(stream: Stream, { telemetry, recordings }: Facts): Reason | undefined {
  const { auditLog } = telemetry;
  const { kind, recordType, log } = stream;
  if (kind.name === 'log') return whyNoLog(telemetry, log?.services ?? []);
  if (stream.feed === 'proc') return { kind: 'proc-scan', text: 'sources.proc_scan is switched off' };
  if (!auditLog) return { kind: 'audit-log', text: 'sources.audit_log is switched off' };
  if (auditLog.state === 'missing') return { kind: 'audit-log', text: `there is no ${auditLog.path} (no auditd)` };
  if (recordType === 'TTY' || recordType === 'USER_TTY') {
    return { kind: 'record-type', text: `${recordType} records need pam_tty_audit, which no PAM service here has` };
  }
  if (recordings?.switchedOffBy !== undefined) {
    const { switchedOffBy } = recordings;
    return { kind: 'audit-rule', text: `the audit rule '${switchedOffBy}' keeps all system calls from being recorded` };
  }
  const excluded = recordType ?? 'SYSCALL';
  if (recordings?.excluded.has(excluded)) {
    return { kind: 'audit-rule', text: `an audit rule leaves out all ${excluded} records`, values: [excluded] };
  }
  return undefined;
}

function whyNoLog({ logs }: Telemetry, services: readonly string[]): Reason {
  const missing = logs.filter(
    (log) => log.state === 'missing' && (services.length === 0 || services.some((name) => log.services.includes(name))),
  );
  const [first] = missing;
  if (first) return { kind: 'log', text: `there is no ${first.path}`, values: services };
  return services.length === 0
    ? { kind: 'log', text: 'no text log is followed: sources.logs is empty' }
    : { kind: 'log', text: `no log is followed for ${services.join(', ')}: sources.logs has none`, values: services };
}

function whyNotRecorded({ kind, recordType, direction }: Stream): Reason {
  const [what, remedy] = recorded[recordType ?? direction ?? kind.name] ?? [
    `what gives ${recordType} records`,
    undefined,
  ];
  const reason: Reason = { kind: 'audit-rule', text: `no loaded audit rule records ${what}` };
  return remedy === undefined ? reason : { ...reason, remedy };
}

const execRule = '-a always,exit -F arch=b64 -S execve,execveat -F success=1 -F key=sigmond_exec';
const fileRule = '-a always,exit -F arch=b64 -S openat -F a2&01100 -F success=1 -F key=sigmond_file';
const connectRule = '-a always,exit -F arch=b64 -S connect -F key=sigmond_connect';
const acceptRule = '-a always,exit -F arch=b64 -S accept,accept4 -F success=1 -F key=sigmond_connect';

/** By record type, or kind of event: what would have to be recorded, and a rule that does. */
const recorded: Readonly<Record<string, readonly [what: string, remedy: string | undefined]>> = {
  process_creation: ['program starts', execRule],
  EXECVE: ['program starts', execRule],
  BPRM_FCAPS: ['program starts', execRule],
  file_event: ['the creation of files', fileRule],
  out: ['connections that programs make', connectRule],
  in: ['connections that programs accept', acceptRule],
  SOCKADDR: ['connections', connectRule],
  SYSCALL: ['any system call', undefined],
  PROCTITLE: ['any system call', undefined],
  PATH: ['what is done to files', undefined],
  CWD: ['what is done to files', undefined],
};
