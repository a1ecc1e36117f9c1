/** Dimensions that a rule leaves out match any event. */
export interface Logsource {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

/** What an event field may hold; sigmond's own events hold strings, events from elsewhere anything JSON can say. */
export type FieldValue = string | number | boolean | null | readonly FieldValue[];

/** Fields by Sigma name; absent means unknown, never `''` or `-`. May come from JSON: read own properties only. */
export type EventFields = Readonly<Record<string, FieldValue>>;

/** What rules are evaluated against: text is Unicode here, bytes that are not UTF-8 have become U+FFFD. */
export interface SigmaEvent {
  /** Same event, same id, also when it is read again; of audit events `[NODE ]SEC.MSEC:SERIAL`. */
  readonly id: string;
  readonly timestampMs: number;
  readonly logsource: Logsource;
  readonly fields: EventFields;
  /** The raw text, for keyword rules. */
  readonly message?: string;
  /** The argument list, exact where it is known. */
  readonly argv?: readonly string[] | undefined;
  /** Tells apart the events of one id and logsource: files and records of one call count from 1. */
  readonly ordinal?: number;
  /** The host that the line names; undefined where it names none. */
  readonly node?: string | undefined;
  /** Files that an exec looked up, as PATH records have them: `MAJOR:MINOR:INODE`, the first two in hex. */
  openedFiles?(): readonly string[];
  /** Which process it is about, for the ancestry. */
  readonly pid?: number | undefined;
  readonly ppid?: number | undefined;
  /**
   * Stands for all of the event: with the same logsource, `type` and likeness, events have the same fields and message.
   * Undefined for events that hardly ever come twice.
   */
  readonly likeness?: string | undefined;
  /** Reads one field; where it is there, cheaper than `fields`, which has to be built. */
  field?(name: string): FieldValue | undefined;
  /**
   * All names that the event has fields for, perhaps more; the same object for events alike, so that what follows from it
   * can be remembered.
   */
  readonly names?: ReadonlySet<string> | undefined;
}
