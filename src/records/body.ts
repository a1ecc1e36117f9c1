import type { RecordFields } from '../model/audit.ts';
import { decodeUnquoted } from './decode.ts';
import { alternativeLayout, createKey, expect, expectedLayout, type Key, type Layout, rememberKeys } from './layout.ts';

const space = 0x20;
/** auditd puts 0x1d before the fields that it adds with log_format=ENRICHED. */
const groupSeparator = 0x1d;
const quote = 0x22;
const apostrophe = 0x27;
const equals = 0x3d;

/** The `key=value` words of a record: where each value stands in the line, cut out and decoded when asked for. */
export class Body {
  readonly #text: string;
  readonly #layout: Layout;
  /** Start and end of each value, in the layout's order. */
  readonly #spans: readonly number[];
  readonly cut: boolean;

  /** @param start where the body begins in the line */
  constructor(text: string, start: number, type: string) {
    const { layout, spans, cut } = scan(text, start, type);
    this.#text = text;
    this.#layout = layout;
    this.#spans = spans;
    this.cut = cut;
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
    const start = this.#spans[2 * place];
    const end = this.#spans[2 * place + 1];
    if (start === undefined || end === undefined || start > end) return undefined;
    const value = this.#text.slice(start, end);
    if (this.#text.charCodeAt(start - 1) === quote) return value;
    if (value === '(null)' || value === '?' || value === '') return undefined;
    return this.#layout.keys[place]?.encoded ? decodeUnquoted(value) : value;
  }
}

/** Words without a value, as in AVC's prose, are left to the text. */
function scan(text: string, start: number, type: string): { layout: Layout; spans: number[]; cut: boolean } {
  const end = text.length;
  const spans: number[] = [];
  let layout = expectedLayout(type);
  /** Names so far, once no layout that we know fits. */
  let fresh: Key[] | undefined;
  let at = start;
  let cut = false;
  let nested = false;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === space || code === groupSeparator || (nested && code === apostrophe)) {
      at++;
      continue;
    }
    const count = spans.length / 2;
    const expected = fresh ? undefined : layout.keys[count];
    if (expected !== undefined && text.startsWith(expected.prefix, at)) {
      at += expected.prefix.length;
    } else {
      const wordStart = at;
      at = endOfKey(text, at, end);
      if (text.charCodeAt(at) !== equals) {
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
    const first = text.charCodeAt(at);
    if (first === quote) {
      let close = text.indexOf('"', at + 1);
      if (close < 0) {
        cut = true;
        close = end;
      }
      spans.push(at + 1, close);
      at = close + 1;
    } else if (first === apostrophe && text.startsWith('msg=', at - 4)) {
      // User-space records hold fields of their own in msg='…': they are fields like any other.
      nested = true;
      spans.push(1, 0);
      at++;
    } else {
      const valueStart = at;
      at = endOfValue(text, at, end, first);
      const closing = nested ? endOfMsg(text, valueStart, at) : -1;
      spans.push(valueStart, closing >= 0 ? closing : at);
      if (closing >= 0) at = closing + 1;
    }
  }
  return { layout: fresh ? rememberKeys(type, fresh) : layout, spans, cut };
}

function endOfKey(text: string, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === equals || code === space || code === groupSeparator) break;
    at++;
  }
  return at;
}

/** What auditd writes for a socket address holds at most a path of 108 bytes. */
const maxSaddrBytes = 512;
const unknownFamily = 'unknown family(';

function endOfValue(text: string, start: number, end: number, first: number): number {
  if (first === 0x7b /* { */ && text.charCodeAt(start + 1) === space) {
    // SADDR={ saddr_fam=inet laddr=127.0.0.1 lport=80 }
    const close = text.slice(start, start + maxSaddrBytes).indexOf('}');
    if (close >= 0) return start + close + 1;
  }
  if (first === 0x75 /* u */ && text.startsWith(unknownFamily, start)) {
    const close = text.slice(start, start + maxSaddrBytes).indexOf(')');
    if (close >= 0) return start + close + 1;
  }
  // The separator is easily lost on the way: `key=(null)ARCH=x86_64`.
  if (first === 0x28 /* ( */ && text.startsWith('(null)', start)) return start + 6;
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === space || code === groupSeparator) break;
    at++;
  }
  return at;
}

/** Where the apostrophe of msg='…' stands in this word; what auditd adds may follow at once where its separator was lost. */
function endOfMsg(text: string, start: number, end: number): number {
  if (text.charCodeAt(end - 1) === apostrophe) return end - 1;
  const place = text.slice(start, end).indexOf('\'UID="');
  return place < 0 ? -1 : start + place;
}
