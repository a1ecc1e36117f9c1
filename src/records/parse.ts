import type { AuditRecord, EventId, RecordFields, TornLine } from '../model/audit.ts';
import { eventKey } from '../text/event-key.ts';
import { type Body, bodyAt, placeOf } from './body.ts';
import { detach } from './detach.ts';
import { toAuditdForm } from './kernel-log.ts';
import { syscallName } from './syscalls.ts';
import { expectedType, readType } from './type-name.ts';

/**
 * Reads one line of an audit log: `[node=HOST ]type=NAME msg=audit(SEC.MSEC:SERIAL): BODY`.
 *
 * Types that stand there as numbers get their names. Records of the kernel's log and of syslog are read too.
 *
 * @param line bytes as latin1, without the newline
 * @param previous the record before it, whose id is reused when it is the same one
 * @returns the record, or why the line is none; never throws
 * @see auditd's format_raw (src/auditd-event.c); audit-documentation, specs/fields
 */
export function parseRecord(line: string, previous?: AuditRecord): AuditRecord | TornLine {
  const record = parseAuditd(line, previous);
  if (!('torn' in record)) return record;
  const rewritten = toAuditdForm(line);
  return rewritten === undefined ? record : parseAuditd(rewritten, previous);
}

function parseAuditd(line: string, previous?: AuditRecord): AuditRecord | TornLine {
  // A file system that lost power may leave a block of NULs before the first line that follows.
  const text = line.charCodeAt(0) === 0 ? line.replace(/^\0+/, '') : line;
  let start = 0;
  let node: string | undefined;
  if (text.charCodeAt(0) === 0x6e /* n */ && text.startsWith('node=')) {
    const end = text.indexOf(' ', 5);
    if (end < 0) return torn('no-type', text);
    node = text.slice(5, end);
    start = end + 1;
  }
  let type = expectedType(text, start);
  if (!type) {
    const typeEnd = text.indexOf(' ', start + 5);
    if (!text.startsWith('type=', start) || typeEnd === start + 5) return torn('no-type', text);
    if (typeEnd < 0) return torn('no-id', text);
    type = readType(text, start, typeEnd);
  }
  const stampStart = start + type.prefix.length;
  if (!text.startsWith('msg=audit(', stampStart)) return torn('no-id', text);
  const idEnd = text.indexOf(')', stampStart + 10);
  const id = idEnd < 0 ? undefined : readId(text, stampStart + 10, idEnd, node, previous?.id);
  if (!id) return torn('bad-id', text);
  return new Record(id, type.name, text, text.charCodeAt(idEnd + 1) === 0x3a /* : */ ? idEnd + 2 : idEnd + 1);
}

class Record implements AuditRecord {
  readonly id: EventId;
  readonly type: string;
  readonly text: string;
  readonly bodyStart: number;
  #place = -1;

  constructor(id: EventId, type: string, text: string, bodyStart: number) {
    this.id = id;
    this.type = type;
    this.text = text;
    this.bodyStart = bodyStart;
  }

  get key(): string {
    return eventKey(this.id);
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

/** Reads `SEC.MSEC:SERIAL`; gives back `previous` where it is the same id. */
function readId(
  text: string,
  start: number,
  end: number,
  node: string | undefined,
  previous: EventId | undefined,
): EventId | undefined {
  const dot = text.indexOf('.', start);
  const colon = dot + 4;
  if (dot < 0 || text.charCodeAt(colon) !== 0x3a /* : */) return undefined;
  const seconds = readDigits(text, start, dot);
  const ms = readDigits(text, dot + 1, colon);
  const serial = readDigits(text, colon + 1, end);
  if (seconds < 0 || ms < 0 || serial < 0) return undefined;
  const timestampMs = seconds * 1000 + ms;
  if (previous?.serial === serial && previous.timestampMs === timestampMs && previous.node === node) return previous;
  return { node: node === previous?.node ? previous?.node : node && detach(node), timestampMs, serial };
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
