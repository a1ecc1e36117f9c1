import type { AuditRecord, EventId, RecordFields, TornLine } from '../model/audit.ts';
import { type Body, bodyAt, placeOf } from './body.ts';
import { detach } from './detach.ts';
import { syscallName } from './syscalls.ts';

/**
 * Reads one line of an audit log: `[node=HOST ]type=NAME msg=audit(SEC.MSEC:SERIAL): BODY`.
 *
 * @param line bytes as latin1, without the newline
 * @param previous the record before it, whose id is reused when it is the same one
 * @returns the record, or why the line is none; never throws
 * @see auditd's format_raw (src/auditd-event.c); audit-documentation, specs/fields
 */
export function parseRecord(line: string, previous?: AuditRecord): AuditRecord | TornLine {
  // A file system that lost power may leave a block of NULs before the first line that follows.
  const text = line.charCodeAt(0) === 0 ? line.replace(/^\0+/, '') : line;
  let at = 0;
  let node: string | undefined;
  if (text.startsWith('node=')) {
    const end = text.indexOf(' ', 5);
    if (end < 0) return torn('no-type', text);
    node = text.slice(5, end);
    at = end + 1;
  }
  if (!text.startsWith('type=', at)) return torn('no-type', text);
  const typeEnd = text.indexOf(' ', at + 5);
  if (typeEnd === at + 5) return torn('no-type', text);
  if (typeEnd < 0 || !text.startsWith('msg=audit(', typeEnd + 1)) return torn('no-id', text);
  const idStart = typeEnd + 11;
  const idEnd = text.indexOf(')', idStart);
  if (idEnd < 0) return torn('bad-id', text);
  const written =
    previous !== undefined && isSameId(text, idStart, idEnd, node, previous)
      ? previous
      : readId(text, idStart, idEnd, node === previous?.id.node ? previous?.id.node : node && detach(node));
  if (!written) return torn('bad-id', text);
  const bodyStart = text.charCodeAt(idEnd + 1) === 0x3a /* : */ ? idEnd + 2 : idEnd + 1;
  return new Record(written, text.slice(at + 5, typeEnd), text, bodyStart);
}

class Record implements AuditRecord {
  readonly id: EventId;
  readonly key: string;
  readonly type: string;
  readonly text: string;
  readonly bodyStart: number;
  #place = -1;

  constructor({ id, key }: Pick<AuditRecord, 'id' | 'key'>, type: string, text: string, bodyStart: number) {
    this.id = id;
    this.key = key;
    this.type = type;
    this.text = text;
    this.bodyStart = bodyStart;
  }

  get body(): string {
    return this.text.slice(this.bodyStart);
  }

  get cut(): boolean {
    return this.#read().cut;
  }

  get ascii(): boolean {
    return this.#read().ascii;
  }

  get names(): ReadonlySet<string> {
    return this.#read().names;
  }

  get(field: string): string | undefined {
    const body = this.#read();
    return body.get(field) ?? (field === 'SYSCALL' && this.type === 'SYSCALL' ? nameSyscall(body) : undefined);
  }

  get fields(): RecordFields {
    const fields = this.#read().fields();
    const name = this.type === 'SYSCALL' && fields['SYSCALL'] === undefined ? nameSyscall(this.#read()) : undefined;
    return name === undefined ? fields : { ...fields, SYSCALL: name };
  }

  #read(): Body {
    this.#place = placeOf(this, this.#place);
    return bodyAt(this.#place);
  }
}

function torn(reason: TornLine['torn'], text: string): TornLine {
  return { torn: reason, text: text.slice(0, 256) };
}

function isSameId(
  text: string,
  start: number,
  end: number,
  node: string | undefined,
  { id, key }: AuditRecord,
): boolean {
  if (id.node !== node) return false;
  const written = node === undefined ? key : key.slice(node.length + 1);
  return written.length === end - start && text.startsWith(written, start);
}

/** Reads `SEC.MSEC:SERIAL`. */
function readId(
  text: string,
  start: number,
  end: number,
  node: string | undefined,
): Pick<AuditRecord, 'id' | 'key'> | undefined {
  const dot = text.indexOf('.', start);
  const colon = dot + 4;
  if (dot < 0 || text.charCodeAt(colon) !== 0x3a /* : */) return undefined;
  const seconds = readDigits(text, start, dot);
  const ms = readDigits(text, dot + 1, colon);
  const serial = readDigits(text, colon + 1, end);
  if (seconds < 0 || ms < 0 || serial < 0) return undefined;
  // Keys outlive their records, so they must not hold the text that the line was cut from: V8 copies slices this short.
  const key = `${text.slice(start, dot)}${text.slice(dot, colon + 1)}${text.slice(colon + 1, end)}`;
  return { id: { node, timestampMs: seconds * 1000 + ms, serial }, key: node === undefined ? key : `${node} ${key}` };
}

/** A decimal number of up to 12 digits, which is more than any of them has; -1 for anything else. */
function readDigits(text: string, start: number, end: number): number {
  if (end <= start || end - start > 12) return -1;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** What ENRICHED logs have as `SYSCALL=execve`; RAW ones have only the numbers. */
function nameSyscall(body: Body): string | undefined {
  const arch = body.get('arch');
  const syscall = body.get('syscall');
  return arch === undefined || syscall === undefined ? undefined : syscallName(arch, syscall);
}
