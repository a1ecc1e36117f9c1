import { createFind } from './text-find.ts';
import { dash, many, one, type Part } from './value.ts';

/** What stands between two `*`: a fixed number of characters, so that the first place where it fits is also the best. */
export type Segment = readonly Exclude<Part, typeof many>[];

/** The segments before, between and behind the `*`. */
export function segmentsOf(parts: readonly Part[]): Segment[] {
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

/** The characters of the longest segment between two `*` that has a wildcard in it: what such a text costs to find. */
export function wildcardChars(parts: readonly Part[]): number {
  const wild = segmentsOf(parts)
    .slice(1, -1)
    .filter((segment) => segment.some((part) => typeof part !== 'string'));
  return wild.reduce((most, segment) => Math.max(most, characters(segment)), 0);
}

/** Where the segment ends when it starts at `from`, or -1. */
export function endAt(segment: Segment, text: string, from: number): number {
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

/** Makes the function that says where the first fit at or behind `from` ends, or -1. */
export function createFindEnd(segment: Segment): (text: string, from: number) => number {
  const [first] = segment;
  const firstText = typeof first === 'string' ? first : '';
  const find = createFind(firstText);
  if (segment.length === 1 && firstText) {
    return (text, from) => {
      const at = find(text, from);
      return at < 0 ? -1 : at + firstText.length;
    };
  }
  const length = characters(segment);
  let shifts: ((text: string, from: number) => number) | undefined;
  return (text, from) => {
    let tries = 0;
    for (let at = from; at <= text.length; at += width(text, at)) {
      if (firstText) at = find(text, at);
      if (at < 0) return -1;
      const end = endAt(segment, text, at);
      if (end >= 0) return end;
      tries += length;
      if (tries > (at - from) * maxTriesEach + freeTries) {
        shifts ??= createShifts(segment, length);
        return shifts(text, at);
      }
    }
    return -1;
  };
}

/** Trying at each place is faster, as long as few places are worth a try. */
const maxTriesEach = 16;
const freeTries = 4096;

/**
 * All tries at once, one bit each (shift-and; Baeza-Yates and Gonnet, 1992): as many steps for a character as the segment
 * has times 32 characters.
 */
function createShifts(segment: Segment, length: number): (text: string, from: number) => number {
  const words = Math.ceil(length / 32);
  const others = new Int32Array(words);
  const masks = new Map<number, Int32Array>();
  const maskOf = (codePoint: number): Int32Array => {
    const mask = masks.get(codePoint) ?? new Int32Array(words);
    masks.set(codePoint, mask);
    return mask;
  };
  const set = (mask: Int32Array, place: number): void => {
    mask[place >> 5] = (mask[place >> 5] ?? 0) | (1 << (place & 31));
  };
  let place = 0;
  for (const part of segment) {
    if (part === one) set(others, place++);
    else if (part === dash) for (const each of dashes) set(maskOf(each.charCodeAt(0)), place);
    else for (const each of part) set(maskOf(each.codePointAt(0) ?? 0), place++);
    if (part === dash) place++;
  }
  for (const mask of masks.values())
    for (let word = 0; word < words; word++) mask[word] = (mask[word] ?? 0) | (others[word] ?? 0);
  const lastWord = words - 1;
  const lastBit = 1 << ((length - 1) & 31);
  return (text, from) => {
    const tries = new Int32Array(words);
    for (let at = from; at < text.length; ) {
      const codePoint = text.codePointAt(at) ?? 0;
      const mask = masks.get(codePoint) ?? others;
      let carry = 1;
      for (let word = 0; word < words; word++) {
        const before = tries[word] ?? 0;
        tries[word] = ((before << 1) | carry) & (mask[word] ?? 0);
        carry = before >>> 31;
      }
      at += codePoint > 0xffff ? 2 : 1;
      if ((tries[lastWord] ?? 0) & lastBit) return at;
    }
    return -1;
  };
}

/** How many characters the segment takes. */
export function characters(segment: Segment): number {
  return segment.reduce((sum, part) => sum + (typeof part === 'string' ? [...part].length : 1), 0);
}

/** Code units of the character at `at`. */
export function width(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Hyphen, slash, en dash, em dash, horizontal bar. @see sigma-appendix-modifiers.md, windash */
export const dashes = ['-', '/', '\u2013', '\u2014', '\u2015'];
