/** What the audit system says, before anything is read into it. Text is bytes as latin1 (one code unit a byte). */

/** `msg=audit(SEC.MSEC:SERIAL)`, with the node that auditd may put before it; serials repeat between nodes and boots. */
export interface EventId {
  readonly node: string | undefined;
  readonly timestampMs: number;
  readonly serial: number;
}

/** Field names and decoded values, still bytes as latin1. */
export type RecordFields = Readonly<Record<string, string>>;

/** One line of the audit log. Its body is read when a field is first asked for; most fields never are. */
export interface AuditRecord {
  readonly id: EventId;
  /** The id as written, `SEC.MSEC:SERIAL`, with `NODE ` before it where the line names one: the key of grouping. */
  readonly key: string;
  /** Record type by name, also `UNKNOWN[1334]`. */
  readonly type: string;
  /** The line as it stood in the log, without its newline. */
  readonly text: string;
  /** What stands behind the id. */
  readonly body: string;
  /** A value was cut off by the end of the line. */
  readonly cut: boolean;
  /** A field's value, hex undone and quotes removed; `(null)` and `?` without quotes are unknown, so absent. */
  get(field: string): string | undefined;
  /** No byte behind the id is above 0x7f. */
  readonly ascii: boolean;
  /** Names that `get` may know; the same object for records alike. */
  readonly names: ReadonlySet<string>;
  /** All fields, the first of two that share a name. */
  readonly fields: RecordFields;
}

/** Why a line is no record; `text` is the line, shortened to 256 bytes. */
export interface TornLine {
  readonly torn: 'no-type' | 'no-id' | 'bad-id' | 'too-long';
  readonly text: string;
}

/** What told us that no more records of an event will come. */
export type Completion = 'eoe' | 'proctitle' | 'items' | 'single' | 'timeout' | 'passed' | 'overflow' | 'flush';

/** All records that the kernel wrote for one system call, or one record that stands alone. */
export interface AuditEvent {
  readonly id: EventId;
  readonly key: string;
  readonly records: readonly AuditRecord[];
  readonly completedBy: Completion;
}
