import { crc32 } from 'node:zlib';
import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import type { EventFields, FieldValue, SigmaEvent } from '../model/sigma-event.ts';
import type { Argv } from './argv.ts';
import { toInteger, toText } from './text.ts';

export const auditd = { product: 'linux', service: 'auditd' } as const;

/** Whether rules have seen a record of this type and likeness before, and none matched: then they need not see it again. */
export type IsSilent = (type: string, likeness: string) => boolean;

/**
 * One event a record, as rules for `service: auditd` are written: fields by audit's own names (`type`, `a0`, `exe`,
 * `SYSCALL` …), text decoded. EXECVE records of one event are one, with whole arguments.
 *
 * @param isSilent asked for records that come again and again; those that are get no event
 */
export function createRecordEvents(
  event: AuditEvent,
  syscall: AuditRecord | undefined,
  argv: Argv | undefined,
  isSilent: IsSilent = () => false,
): readonly SigmaEvent[] {
  if (event.completedBy === 'single') {
    return event.records.map((record) => new RecordEvent(record, syscall, undefined, argv));
  }
  const events: SigmaEvent[] = [];
  let ordinal = 0;
  let execveSeen = false;
  for (const record of event.records) {
    const isExecve = record.type === 'EXECVE';
    if (isExecve && (execveSeen || !argv)) continue;
    execveSeen ||= isExecve;
    ordinal++;
    const likeness = likenessOf(record, isExecve ? argv : undefined);
    if (likeness !== undefined && isSilent(record.type, likeness)) continue;
    events.push(new RecordEvent(record, syscall, ordinal, isExecve ? argv : undefined));
  }
  return events;
}

function likenessOf({ type, id, body }: AuditRecord, argv: Argv | undefined): string | undefined {
  return repetitive.has(type) && id.node === undefined && argv?.lone !== false ? body : undefined;
}

/** Reads fields when they are asked for: most records are of no interest to any rule. */
class RecordEvent implements SigmaEvent {
  readonly logsource = auditd;
  readonly #ordinal: number | undefined;
  readonly #record: AuditRecord;
  readonly #syscall: AuditRecord | undefined;
  readonly #argv: Argv | undefined;
  #fields: EventFields | undefined;
  #message: string | undefined;

  /** @param ordinal undefined for a record that stands alone */
  constructor(
    record: AuditRecord,
    syscall: AuditRecord | undefined,
    ordinal: number | undefined,
    argv: Argv | undefined,
  ) {
    this.#record = record;
    this.#syscall = syscall;
    this.#ordinal = ordinal;
    this.#argv = argv;
  }

  /**
   * A record that stands alone may share its id with others, such as SERVICE_START with the system call that sent it. Its
   * number follows from its content, and is below those of the call's records, which count from 1.
   */
  get ordinal(): number {
    return this.#ordinal ?? -crc32(Buffer.from(this.#record.body, 'latin1'));
  }

  get id(): string {
    return this.#record.key;
  }

  get timestampMs(): number {
    return this.#record.id.timestampMs;
  }

  get node(): string | undefined {
    return this.#record.id.node;
  }

  get pid(): number | undefined {
    return toInteger(this.#syscall?.get('pid') ?? this.#record.get('pid'));
  }

  get message(): string {
    this.#message ??= this.#argv
      ? withCommandLine(readable(this.#record, this.#argv), this.#argv)
      : readable(this.#record, undefined);
    return this.#message;
  }

  get likeness(): string | undefined {
    return likenessOf(this.#record, this.#argv);
  }

  get names(): ReadonlySet<string> | undefined {
    return this.#argv ? undefined : this.#record.names;
  }

  field(name: string): FieldValue | undefined {
    if (name === 'type') return this.#record.type;
    if (this.#argv) return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
    const value = this.#record.get(name);
    return value === undefined ? undefined : toValue(name, value);
  }

  get fields(): EventFields {
    this.#fields ??= this.#argv ? argumentFields(this.#argv) : recordFields(this.#record);
    return this.#fields;
  }
}

function recordFields(record: AuditRecord): EventFields {
  const fields: Record<string, FieldValue> = { type: record.type };
  for (const [name, bytes] of Object.entries(record.fields)) {
    if (name === 'type') continue;
    const value = toValue(name, bytes);
    if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true });
    else fields[name] = value;
  }
  return fields;
}

function argumentFields({ argv }: Argv): EventFields {
  const fields: Record<string, FieldValue> = { type: 'EXECVE', argc: String(argv.length) };
  for (const [index, argument] of argv.entries()) fields[`a${index}`] = toText(argument);
  return fields;
}

/** The keys of several -k options of one audit rule stand in one field, joined by 0x01. */
function toValue(name: string, value: string): FieldValue {
  return name === 'key' && value.includes('\x01') ? value.split('\x01').map(toText) : toText(value);
}

/** Records of programs that start again and again are the same but for their id; SYSCALL has addresses and pids. */
const repetitive = new Set(['EXECVE', 'CWD', 'PATH', 'PROCTITLE', 'BPRM_FCAPS']);

const typedByPeople = new Set(['USER_CMD', 'TTY', 'USER_TTY']);

/**
 * What keyword rules search: the line without its `msg=audit(…)`, and with hex undone where it holds what a person typed,
 * since no keyword is written in hex. PROCTITLE stays as it is: it may be another image's, and EXECVE has the same words.
 */
function readable(record: AuditRecord, argv: Argv | undefined): string {
  const { type, id, body, ascii } = record;
  const head = id.node === undefined ? `type=${type}` : toText(`node=${id.node} type=${type}`);
  if (argv ? isPlain(record, argv) : !typedByPeople.has(type)) return `${head}${ascii ? body : toText(body)}`;
  const words = Object.entries(argv ? argumentFields(argv) : recordFields(record));
  const shown = words
    .filter(([name]) => name !== 'type' && name !== 'msg')
    .map(([name, value]) => `${name}="${value}"`);
  return `${head} ${shown.join(' ')}`;
}

/** Keywords with a blank between two words are written as people type them; the record has each argument in quotes. */
function withCommandLine(shown: string, { argv }: Argv): string {
  return argv.length > 1 ? `${shown} ${toText(argv.join(' '))}` : shown;
}

/** The line shows all arguments as they are: none is hex and none stands in another record. */
function isPlain({ text }: AuditRecord, { argv }: Argv): boolean {
  return !/ a\d+(?:\[\d+\])?=[0-9A-F]/.test(text) && text.includes(` a${argv.length - 1}="`);
}
