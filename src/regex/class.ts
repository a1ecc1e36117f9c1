import { type CharacterSet, nothing, ranges } from './character-set.ts';
import { type Escape, readEscape } from './escape.ts';
import type { Range } from './unicode.ts';

/** Reads the class `[…]` that begins at `at`; `length` counts its code units. */
export function readClass(pattern: string, at: number): Escape {
  const negated = pattern.charAt(at + 1) === '^';
  const start = at + (negated ? 2 : 1);
  const pairs: Range[] = [];
  const sets: CharacterSet[] = [];
  let next = start;
  // A bracket that stands first is itself.
  while (next < pattern.length && (pattern.charAt(next) !== ']' || next === start)) {
    if (pattern.startsWith('[:', next)) return { problem: 'has a POSIX class, which is not supported' };
    const from = readMember(pattern, next);
    if ('problem' in from) return from;
    next += from.length;
    const isRange = pattern.charAt(next) === '-' && next + 1 < pattern.length && pattern.charAt(next + 1) !== ']';
    if (from.codePoint === undefined) {
      sets.push(from.set);
    } else if (!isRange) {
      pairs.push([from.codePoint, from.codePoint]);
    } else {
      const to = readMember(pattern, next + 1);
      if ('problem' in to) return to;
      next += 1 + to.length;
      if (to.codePoint === undefined) return { problem: 'has a range in a class that ends in no character' };
      if (to.codePoint < from.codePoint) return { problem: 'has a range in a class that ends before it starts' };
      pairs.push([from.codePoint, to.codePoint]);
    }
  }
  if (next >= pattern.length) return { problem: "has a '[' that is never closed" };
  return { set: { ...nothing, negated, ranges: pairs, sets }, length: next + 1 - at };
}

function readMember(pattern: string, at: number): Escape {
  if (pattern.charAt(at) === '\\') return readEscape(pattern, at);
  const codePoint = pattern.codePointAt(at) ?? 0;
  return { set: ranges([codePoint, codePoint]), codePoint, length: codePoint > 0xffff ? 2 : 1 };
}
