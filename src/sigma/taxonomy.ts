import type { Logsource } from '../model/sigma-event.ts';
import { auditFields, isAuditField } from './audit-records.ts';

/** Where sigmond has a field's value from: audit records, /proc, a text log, or itself. */
export type Feed = 'audit' | 'proc' | 'log' | 'agent';

/** Events of one kind that sigmond makes. */
export interface EventKind {
  readonly name: 'process_creation' | 'file_event' | 'network_connection' | 'auditd' | 'log' | 'agent';
  readonly product: string;
  readonly category?: string;
  /** `*`: whatever the configuration calls the log. */
  readonly service?: string;
  /** What feeds each field; one that is not here is never there. */
  readonly fields: ReadonlyMap<string, readonly Feed[]>;
  /** Fields of Sigma's taxonomy that sigmond has no value for. */
  readonly unfed: readonly string[];
  /** Events have a text that keywords are searched in. */
  readonly hasMessage: boolean;
}

/** Kinds of events that rules of this logsource are evaluated on; none where sigmond makes no such events. */
export function kindsOf(logsource: Logsource): readonly EventKind[] {
  const { product, category, service } = logsource;
  return kinds.filter(
    (kind) =>
      (product === undefined || product === kind.product) &&
      (category === undefined || category === kind.category) &&
      (service === undefined || service === kind.service || (kind.service === '*' && service !== 'auditd')),
  );
}

/** What feeds a field in events of a rule's logsource; empty where nothing does. */
export function feedsOf(field: string, logsource: Logsource): readonly Feed[] {
  const feeds = kindsOf(logsource).flatMap((kind) => feedsIn(kind, field));
  return [...new Set(feeds)];
}

export function feedsIn(kind: EventKind, field: string): readonly Feed[] {
  // Arguments of a program have as many names as there are arguments.
  if (kind.name === 'auditd') return isAuditField(field) ? audit : [];
  return kind.fields.get(field) ?? [];
}

/** Whether Sigma's taxonomy or sigmond has a field of this name for the kind. */
export function isKnownIn(kind: EventKind, field: string): boolean {
  return feedsIn(kind, field).length > 0 || kind.unfed.includes(field);
}

/** All names that isKnownIn accepts, but for arguments by number. */
export function knownFields(kind: EventKind): readonly string[] {
  return [...kind.fields.keys(), ...kind.unfed];
}

const audit: readonly Feed[] = ['audit'];
const auditAndProc: readonly Feed[] = ['audit', 'proc'];

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const fedBy = (feeds: readonly Feed[], names: string): [string, readonly Feed[]][] =>
  words(names).map((name) => [name, feeds]);

/** Who did it, of events that a system call makes. */
const actor = fedBy(
  audit,
  `Image CommandLine User LogonId ProcessId ProcessGuid ParentProcessId ParentProcessGuid ParentImage ParentCommandLine
   ParentUser TerminalSessionId Auid EventSource`,
);

/** Fields of process_creation that no audit record has: /proc is asked for them when an exec is reported. */
export const fieldsFromProc: ReadonlySet<string> = new Set(['ContainerId', 'SystemdUnit', 'Hashes']);

/** @see docs/rules.md, which says the same for people */
export const kinds: readonly EventKind[] = [
  {
    name: 'process_creation',
    product: 'linux',
    category: 'process_creation',
    fields: new Map([
      ...fedBy(
        auditAndProc,
        `Image CommandLine CurrentDirectory User LogonId ProcessId ProcessGuid ParentProcessId ParentProcessGuid ParentImage
         ParentCommandLine ParentUser TerminalSessionId Auid Tty ImageDeleted EventSource PreviousImage`,
      ),
      // Of audit's events too they are from /proc: see fieldsFromProc.
      ...fedBy(auditAndProc, [...fieldsFromProc].join(' ')),
      ...fedBy(audit, 'EffectiveUser CommandLineTruncated ScriptPath ExecCheckPossible'),
    ]),
    unfed: words(
      `UtcTime LogonGuid IntegrityLevel FileVersion Description Product Company OriginalFileName imphash md5 sha1 sha256`,
    ),
    hasMessage: false,
  },
  {
    name: 'file_event',
    product: 'linux',
    category: 'file_event',
    fields: new Map([...actor, ...fedBy(audit, 'TargetFilename TargetFilenameInferred CreationUtcTime')]),
    unfed: ['UtcTime'],
    hasMessage: false,
  },
  {
    name: 'network_connection',
    product: 'linux',
    category: 'network_connection',
    fields: new Map([
      ...actor,
      ...fedBy(audit, 'Initiated DestinationIp DestinationPort DestinationIsIpv6 SourceIp SourcePort SourceIsIpv6'),
    ]),
    unfed: words('UtcTime Protocol SourceHostname SourcePortName DestinationHostname DestinationPortName'),
    hasMessage: false,
  },
  {
    name: 'auditd',
    product: 'linux',
    service: 'auditd',
    fields: new Map([...auditFields()].map((name) => [name, audit])),
    unfed: [],
    hasMessage: true,
  },
  {
    name: 'log',
    product: 'linux',
    service: '*',
    // In capitals what sudo says of a command.
    fields: new Map(
      fedBy(['log'], 'Hostname ProgramName ProcessId Message TTY PWD USER GROUP CHROOT CWD TSID ENV COMMAND'),
    ),
    unfed: [],
    hasMessage: true,
  },
  {
    name: 'agent',
    product: 'sigmond',
    service: 'agent',
    fields: new Map([
      ...fedBy(['agent'], 'EventType RuleId RuleTitle RulePath CostMs Evaluations CausedBy'),
      ...fedBy(['agent'], 'Reason Lost LostInTotal FromSerial ToSerial Counter Count'),
      ...fedBy(['agent'], 'Description LastSeenMs LostMs Attempts AuditEnabled AuditdPid AuditdState ExecRules'),
      ...fedBy(['agent'], 'AuditLog AuditLogPath Backlog BacklogLimit Records LostSinceBoot BytesBefore Bytes'),
      ...fedBy(['agent'], 'Unreported SilentMs Unrecorded Exceptions'),
    ]),
    unfed: [],
    hasMessage: false,
  },
];
