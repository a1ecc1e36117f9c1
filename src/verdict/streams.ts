import { type AuditRecordType, auditRecordTypes } from '../sigma/audit-records.ts';
import { type EventKind, type Feed, fieldsFromProc, kinds } from '../sigma/taxonomy.ts';
import { type Limit, type Recording, type Recordings, recordingsOf } from './recordings.ts';
import type { Telemetry } from './telemetry.ts';

/** Events that are alike in what they can hold: of one kind, for audit records of one type, from one cause. */
export interface Stream {
  readonly kind: EventKind;
  readonly feed: Feed;
  /** Of the kind auditd only. */
  readonly recordType: string | undefined;
  /** Names that SYSCALL can have; undefined: any. */
  readonly calls: ReadonlySet<string> | undefined;
  /** Keys of audit rules; undefined: any. */
  readonly keys: readonly string[] | undefined;
  /** Files that a path names, or that are below it; undefined: any. */
  readonly paths: readonly string[] | undefined;
  /** Paths name programs that are run. */
  readonly ofExec: boolean;
  /** What the log is said to be of; undefined: any. */
  readonly log: { readonly product: string; readonly services: readonly string[] } | undefined;
  /** Of a connection, whether it was let in or made. */
  readonly direction: 'in' | 'out' | undefined;
  /** Fields that are not there although the kind has them. */
  readonly without: ReadonlySet<string>;
  /** What the audit rule that makes these events does not record. */
  readonly limits: readonly Limit[];
  /** The audit rules are not known, so that it could be otherwise. */
  readonly assumed: boolean;
}

/** What a host could tell where everything is set up. */
export function idealStreams({ systemCalls }: Telemetry): readonly Stream[] {
  return kinds.flatMap((kind): readonly Stream[] => {
    if (kind.name === 'auditd') {
      return [...auditRecordTypes.keys()].map((recordType) => ({ ...any, kind, recordType, calls: systemCalls }));
    }
    const streams = feedsOfKind(kind).map((feed): Stream => ({ ...any, kind, feed }));
    return kind.name === 'network_connection' ? streams.flatMap(inBothDirections) : streams;
  });
}

/** What this one tells. */
export function streamsOf(telemetry: Telemetry): readonly Stream[] {
  const recordings = recordingsOf(telemetry);
  return kinds.flatMap((kind): readonly Stream[] => {
    switch (kind.name) {
      case 'agent':
        return [{ ...any, kind, feed: 'agent' }];
      case 'log':
        return telemetry.logs
          .filter(({ state }) => state !== 'missing')
          .map((log) => ({ ...any, kind, feed: 'log', log }));
      case 'process_creation': {
        const proc: Stream = { ...any, kind, feed: 'proc' };
        return [...auditStreams(kind, telemetry, recordings), ...(telemetry.scansProc ? [proc] : [])];
      }
      default:
        return auditStreams(kind, telemetry, recordings);
    }
  });
}

function inBothDirections(stream: Stream): readonly Stream[] {
  // As in Sysmon the source is who began, and records tell only the other end.
  const ends = { out: 'SourceIp SourcePort SourceIsIpv6', in: 'DestinationIp DestinationPort DestinationIsIpv6' };
  return (['out', 'in'] as const).map((direction) => ({
    ...stream,
    direction,
    without: new Set([...stream.without, ...ends[direction].split(' ')]),
  }));
}

function feedsOfKind(kind: EventKind): readonly Feed[] {
  return kind.name === 'log' ? ['log'] : [...new Set([...kind.fields.values()].flat())];
}

const any: Omit<Stream, 'kind'> = {
  feed: 'audit',
  recordType: undefined,
  calls: undefined,
  keys: undefined,
  paths: undefined,
  ofExec: false,
  log: undefined,
  direction: undefined,
  without: new Set(),
  limits: [],
  assumed: false,
};

function auditStreams(kind: EventKind, telemetry: Telemetry, known: Recordings | undefined): readonly Stream[] {
  const streams = recordedStreams(kind, telemetry, known);
  if (kind.name !== 'process_creation' || telemetry.scansProc) return streams;
  return streams.map((stream) => ({ ...stream, without: new Set([...stream.without, ...fieldsFromProc]) }));
}

function recordedStreams(kind: EventKind, telemetry: Telemetry, known: Recordings | undefined): readonly Stream[] {
  if (!telemetry.auditLog || telemetry.auditLog.state === 'missing') return [];
  if (!known) {
    return idealStreams(telemetry)
      .filter((stream) => stream.kind === kind && stream.feed === 'audit')
      .filter(({ recordType }) => telemetry.recordsKeystrokes !== false || !isOfKeystrokes(recordType))
      .map((stream) => ({ ...stream, assumed: isOfCalls(stream) }));
  }
  const { recordings, excluded } = known;
  if (kind.name !== 'auditd') {
    if (excluded.has('SYSCALL')) return [];
    const without = kind.name === 'process_creation' ? fieldsOf(excluded) : [];
    return idealStreams(telemetry)
      .filter((stream) => stream.kind === kind && stream.feed === 'audit')
      .flatMap((stream) => {
        const calls = callsOfKind[stream.direction ?? kind.name] ?? [];
        const making = recordings
          .filter((recording) => records(recording, calls))
          .filter(({ makesNoFile }) => kind.name !== 'file_event' || !makesNoFile);
        return merge(making, kind.name).map((merged) => ({
          ...stream,
          ...merged,
          without: new Set([...stream.without, ...without]),
        }));
      });
  }
  const keys = recordings.flatMap((recording) => recording.keys);
  return [...auditRecordTypes].flatMap(([recordType, { from }]): readonly Stream[] => {
    if (excluded.has(recordType)) return [];
    if (from === 'keystrokes' && telemetry.recordsKeystrokes === false) return [];
    if (typeof from === 'string') return [{ ...any, kind, recordType, keys }];
    const making = recordings.filter((recording) => from.calls === 'any' || records(recording, from.calls));
    return merge(making, recordType).map((merged) => ({
      ...any,
      ...merged,
      calls: merged.calls ?? telemetry.systemCalls,
      kind,
      recordType,
    }));
  });
}

/** System calls that make events, by kind, and of connections by direction. */
const callsOfKind: Readonly<Record<string, readonly string[]>> = {
  process_creation: ['execve', 'execveat'],
  file_event:
    'openat openat2 open creat mkdir mkdirat mknod mknodat link linkat symlink symlinkat rename renameat renameat2'.split(
      ' ',
    ),
  out: ['connect', 'socketcall'],
  in: ['accept', 'accept4', 'socketcall'],
};

/** Fields of process_creation that these records bring; PROCTITLE stands in for EXECVE. */
function fieldsOf(recordTypes: ReadonlySet<string>): readonly string[] {
  return [
    ...(recordTypes.has('CWD') ? ['CurrentDirectory'] : []),
    ...(recordTypes.has('EXECVE') && recordTypes.has('PROCTITLE') ? ['CommandLine'] : []),
  ];
}

function records({ calls }: Recording, wanted: readonly string[]): boolean {
  return calls === 'all' || wanted.some((name) => calls.has(name));
}

type Merged = Pick<Stream, 'calls' | 'keys' | 'paths' | 'ofExec' | 'limits'>;

/** Recordings that are alike but for their paths become one: a host may have hundreds of watches. */
function merge(recordings: readonly Recording[], stream: EventKind['name'] | string): readonly Merged[] {
  const merged = new Map<string, { -readonly [Key in keyof Merged]: Merged[Key] }>();
  for (const recording of recordings) {
    const { calls, keys, path } = recording;
    const ofExec = calls !== 'all' && [...calls].every((name) => name === 'execve' || name === 'execveat');
    const limits = limitsIn(recording, stream);
    // What no field of the record can show tells no recordings apart.
    const shown = stream === 'SYSCALL' ? [...(calls === 'all' ? ['all'] : calls), '', ...keys] : [];
    const limited = limits.map(({ field, value }) => `${field}=${value}`);
    const id = [path !== undefined, ofExec, ...limited, '', ...shown].join(' ');
    const known = merged.get(id);
    if (known?.paths && path !== undefined) known.paths = [...known.paths, path];
    else if (!known) {
      const paths = path === undefined ? undefined : [path];
      merged.set(id, { calls: calls === 'all' ? undefined : calls, keys, paths, ofExec, limits });
    }
  }
  return [...merged.values()];
}

/** A path is a limit too, and who looks for the rule's key, or for files by their whole names, knows of it. */
function limitsIn({ limits, path }: Recording, stream: string): readonly Limit[] {
  const [by = ''] = [limits[0]?.by, path === undefined ? undefined : `-w ${path}`].filter((text) => text !== undefined);
  const ofPath: readonly Limit[] = path === undefined ? [] : [{ by, field: pathFields[stream] ?? 'key' }];
  return stream === 'SYSCALL' ? [...limits, ...ofPath] : [...limits.map((limit) => ({ by: limit.by })), ...ofPath];
}

/** The field that names the file which an audit rule with a path watches, by record type or kind of event. */
export const pathFields: Readonly<Record<string, string>> = {
  PATH: 'name',
  file_event: 'TargetFilename',
  process_creation: 'Image',
};

function typeOf(recordType: string | undefined): AuditRecordType | undefined {
  return recordType === undefined ? undefined : auditRecordTypes.get(recordType);
}

function isOfKeystrokes(recordType: string | undefined): boolean {
  return typeOf(recordType)?.from === 'keystrokes';
}

/** Made of system calls, which only an audit rule has recorded. */
function isOfCalls({ kind, recordType }: Stream): boolean {
  return kind.name !== 'auditd' || typeof typeOf(recordType)?.from === 'object';
}
