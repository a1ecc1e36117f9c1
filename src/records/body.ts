import type { RecordFields } from '../model/audit.ts';
import { decodeUnquoted } from './decode.ts';
import {
  alternativeLayout,
  createKey,
  expect,
  expectedLayout,
  type Key,
  type Layout,
  noLayout,
  rememberKeys,
} from './layout.ts';

const space = 0x20;
/** auditd puts 0x1d before the fields that it adds with log_format=ENRICHED. */
const groupSeparator = 0x1d;
const quote = 0x22;
const apostrophe = 0x27;
const equals = 0x3d;

/** Who asks for a body: a line and where its body begins. */
export interface BodyOwner {
  readonly text: string;
  readonly type: string;
  readonly bodyStart: number;
}

/**
 * The `key=value` words of a record: where each value stands in the line, cut out and decoded when asked for.
 *
 * A body is read for a record and then for another one, for most are asked a few questions in a row and never again, and
 * a body for each would be half of all the memory that is used up on the way. Get it anew for each question.
 */
export class Body {
  owner: BodyOwner | undefined;
  #text = '';
  #layout = noLayout;
  /** Start and end of each value, in the layout's order; valid up to `count` values. */
  #spans: number[] = [];
  #count = 0;
  #cut = false;
  #ascii = true;

  read(owner: BodyOwner): void {
    if (this.#spans.length > maxKeptSpans) this.#spans = [];
    const { layout, count, cut, ascii } = scan(owner, this.#spans);
    this.owner = owner;
    this.#text = owner.text;
    this.#layout = layout;
    this.#count = count;
    this.#cut = cut;
    this.#ascii = ascii;
  }

  get cut(): boolean {
    return this.#cut;
  }

  /** No byte of the body is above 0x7f: as text it is what it is. */
  get ascii(): boolean {
    return this.#ascii;
  }

  /** Names that there may be fields for; shared by records alike. */
  get names(): ReadonlySet<string> {
    return this.#layout.names;
  }

  get(field: string): string | undefined {
    const place = this.#layout.index.get(field);
    return place === undefined ? undefined : this.#value(place);
  }

  fields(): RecordFields {
    const fields: Record<string, string> = {};
    for (const [name, place] of this.#layout.index) {
      const value = this.#value(place);
      if (value === undefined) continue;
      if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true });
      else fields[name] = value;
    }
    return fields;
  }

  #value(place: number): string | undefined {
    if (place >= this.#count) return undefined;
    const start = this.#spans[2 * place] ?? 0;
    const end = this.#spans[2 * place + 1] ?? 0;
    if (start > end) return undefined;
    const value = this.#text.slice(start, end);
    if (this.#text.charCodeAt(start - 1) === quote) return value;
    if (value === '(null)' || value === '?' || value === '') return undefined;
    return this.#layout.keys[place]?.encoded ? decodeUnquoted(value) : value;
  }
}

/** A body that had this many is given up for a new one, so that one long list of arguments is not paid for for ever. */
const maxKeptSpans = 4096;

/** More than the records of an exec event, which are asked in turns. */
const bodies = Array.from({ length: 16 }, () => new Body());
let next = 0;

/** Where the body of a record now is; `place` is where it was the last time. */
export function placeOf(owner: BodyOwner, place: number): number {
  if (bodies[place]?.owner === owner) return place;
  next = (next + 1) % bodies.length;
  bodies[next]?.read(owner);
  return next;
}

/** The body at a place that `placeOf` has just told. */
export function bodyAt(place: number): Body {
  return bodies[place] ?? new Body();
}

interface Scan {
  readonly layout: Layout;
  readonly count: number;
  readonly cut: boolean;
  readonly ascii: boolean;
}

/** Words without a value, as in AVC's prose, are left to the text. */
function scan({ text, type, bodyStart }: BodyOwner, spans: number[]): Scan {
  const bytes = toBytes(text);
  const end = text.length;
  let layout = expectedLayout(type);
  let count = 0;
  /** Names so far, once no layout that we know fits. */
  let fresh: Key[] | undefined;
  let at = bodyStart;
  let cut = false;
  let nested = false;
  /** All bytes of values and unknown words, or-ed. */
  let bits = 0;
  while (at < end) {
    const code = bytes[at];
    if (code === space || code === groupSeparator || (nested && code === apostrophe)) {
      at++;
      continue;
    }
    const expected = fresh ? undefined : layout.keys[count];
    if (expected !== undefined && hasAt(bytes, at, expected.prefix)) {
      at += expected.prefix.length;
    } else {
      const wordStart = at;
      for (; at < end; at++) {
        const byte = bytes[at] ?? 0;
        if (byte === equals || byte === space || byte === groupSeparator) break;
        bits |= byte;
      }
      if (at === end || bytes[at] !== equals) {
        at++;
        continue;
      }
      const name = text.slice(wordStart, at++);
      const other = fresh ? undefined : alternativeLayout(type, layout, count, name);
      if (other) {
        layout = other;
        expect(type, other);
      } else {
        fresh ??= layout.keys.slice(0, count);
        fresh.push(createKey(type, name));
      }
    }
    const first = at < end ? bytes[at] : undefined;
    if (first === quote) {
      spans[2 * count] = ++at;
      for (; at < end; at++) {
        const byte = bytes[at] ?? 0;
        if (byte === quote) break;
        bits |= byte;
      }
      cut ||= at === end;
      spans[2 * count++ + 1] = at++;
    } else if (first === apostrophe && text.startsWith('msg=', at - 4)) {
      // User-space records hold fields of their own in msg='…': they are fields like any other.
      nested = true;
      spans[2 * count] = 1;
      spans[2 * count++ + 1] = 0;
      at++;
    } else {
      const valueStart = at;
      const special =
        first === 0x7b /* { */ || first === 0x75 /* u */ || first === 0x28 /* ( */
          ? endOfSpecialValue(text, at, first)
          : -1;
      const stop = special < 0 ? end : special;
      for (; at < stop; at++) {
        const byte = bytes[at] ?? 0;
        if (special < 0 && (byte === space || byte === groupSeparator)) break;
        bits |= byte;
      }
      const closing = nested ? endOfMsg(text, valueStart, at) : -1;
      spans[2 * count] = valueStart;
      spans[2 * count++ + 1] = closing >= 0 ? closing : at;
      if (closing >= 0) at = closing + 1;
    }
  }
  return { layout: fresh ? rememberKeys(type, fresh) : layout, count, cut, ascii: bits < 0x80 };
}

const scratch = Buffer.allocUnsafeSlow(65_536);

/** Bytes are read twice as fast as a text's characters; valid until the next call. */
function toBytes(text: string): Buffer {
  if (text.length > scratch.length) return Buffer.from(text, 'latin1');
  scratch.write(text, 0, 'latin1');
  return scratch;
}

function hasAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let place = 0; place < wanted.length; place++) if (bytes[at + place] !== wanted[place]) return false;
  return true;
}

/** What auditd writes for a socket address holds at most a path of 108 bytes. */
const maxSaddrBytes = 512;
const unknownFamily = 'unknown family(';

/** The end of a value that holds blanks or has lost the separator behind it; -1 for any other. */
function endOfSpecialValue(text: string, start: number, first: number | undefined): number {
  if (first === 0x7b /* { */ && text.charCodeAt(start + 1) === space) {
    // SADDR={ saddr_fam=inet laddr=127.0.0.1 lport=80 }
    return endAfter('}', text, start);
  }
  if (first === 0x75 /* u */ && text.startsWith(unknownFamily, start)) return endAfter(')', text, start);
  // The separator is easily lost on the way: `key=(null)ARCH=x86_64`.
  if (first === 0x28 /* ( */ && text.startsWith('(null)', start)) return start + 6;
  return -1;
}

function endAfter(closing: string, text: string, start: number): number {
  const place = text.slice(start, start + maxSaddrBytes).indexOf(closing);
  return place < 0 ? -1 : start + place + 1;
}

/** Where the apostrophe of msg='…' stands in this word; what auditd adds may follow at once where its separator was lost. */
function endOfMsg(text: string, start: number, end: number): number {
  if (text.charCodeAt(end - 1) === apostrophe) return end - 1;
  const place = text.slice(start, end).indexOf('\'UID="');
  return place < 0 ? -1 : start + place;
}
