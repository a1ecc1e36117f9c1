import { dash, many, one, type Part } from './value.ts';

export type TextTest = (text: string) => boolean;

/** Whether a whole text fits the parts, in time proportional to the product of their lengths at worst. */
export function textTest(parts: readonly Part[]): TextTest {
  const [first, second, third] = parts;
  if (first === undefined) return (text) => text === '';
  if (parts.length === 1) {
    if (first === many) return () => true;
    if (typeof first === 'string') return (text) => text === first;
  }
  if (parts.length === 2) {
    if (typeof first === 'string' && second === many) return (text) => text.startsWith(first);
    if (first === many && typeof second === 'string') return (text) => text.endsWith(second);
  }
  if (parts.length === 3 && first === many && typeof second === 'string' && third === many) {
    return (text) => text.includes(second);
  }
  return globTest(parts);
}

/** What stands between two `*`: a fixed number of characters, so that the first place where it fits is also the best. */
type Segment = readonly Exclude<Part, typeof many>[];

function globTest(parts: readonly Part[]): TextTest {
  const segments = split(parts);
  const head = segments[0] ?? [];
  if (segments.length === 1) return (text) => endAt(head, text, 0) === text.length;
  const tail = segments.at(-1) ?? [];
  const tailLength = characters(tail);
  const middle = segments.slice(1, -1).filter((segment) => segment.length > 0);
  return (text) => {
    let at = endAt(head, text, 0);
    for (const segment of middle) {
      if (at < 0) return false;
      at = findEnd(segment, text, at);
    }
    if (at < 0) return false;
    const tailStart = back(text, tailLength);
    return tailStart >= at && endAt(tail, text, tailStart) === text.length;
  };
}

function split(parts: readonly Part[]): Segment[] {
  let segment: Exclude<Part, typeof many>[] = [];
  const segments = [segment];
  for (const part of parts) {
    if (part === many) {
      segment = [];
      segments.push(segment);
    } else {
      segment.push(part);
    }
  }
  return segments;
}

/** Where the segment ends when it starts at `from`, or -1. */
function endAt(segment: Segment, text: string, from: number): number {
  let at = from;
  for (const part of segment) {
    if (typeof part === 'string') {
      if (!text.startsWith(part, at)) return -1;
      at += part.length;
    } else {
      if (at >= text.length || (part === dash && !dashes.includes(text.charAt(at)))) return -1;
      at += part === one ? width(text, at) : 1;
    }
  }
  return at;
}

/** Where the first fit at or behind `from` ends, or -1. */
function findEnd(segment: Segment, text: string, from: number): number {
  const first = segment[0];
  for (let at = from; at <= text.length; at += width(text, at)) {
    if (typeof first === 'string') {
      at = text.indexOf(first, at);
      if (at < 0) return -1;
    }
    const end = endAt(segment, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Where the last `count` characters of the text start, or -1 when it has fewer. */
function back(text: string, count: number): number {
  let at = text.length;
  for (let left = count; left > 0; left--) {
    if (at === 0) return -1;
    at -= at > 1 && width(text, at - 2) === 2 ? 2 : 1;
  }
  return at;
}

function characters(segment: Segment): number {
  return segment.reduce((sum, part) => sum + (typeof part === 'string' ? [...part].length : 1), 0);
}

/** Code units of the character at `at`. */
function width(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Hyphen, slash, en dash, em dash, horizontal bar. @see sigma-appendix-modifiers.md, windash */
export const dashes = ['-', '/', '\u2013', '\u2014', '\u2015'];
