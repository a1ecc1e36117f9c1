import { type Range, scanUnicode } from './unicode.ts';

/** Characters that one place of a regular expression takes; all parts together, or everything but them. */
export interface CharacterSet {
  readonly negated: boolean;
  readonly ranges: readonly Range[];
  /** Sets of Unicode's, as V8 writes them: `\p{L}`, `\s`. */
  readonly named: readonly string[];
  readonly sets: readonly CharacterSet[];
}

export const nothing: CharacterSet = { negated: false, ranges: [], named: [], sets: [] };

export function ranges(...of: readonly Range[]): CharacterSet {
  return { ...nothing, ranges: of };
}

export function named(...of: readonly string[]): CharacterSet {
  return { ...nothing, named: of };
}

export function complement(set: CharacterSet): CharacterSet {
  return { ...set, negated: !set.negated };
}

/** The set in JavaScript's words, for its flag v. */
export function sourceOf({ negated, ranges: pairs, named: names, sets }: CharacterSet): string {
  const parts = [
    ...pairs.map(([from, to]) => (from === to ? spell(from) : `${spell(from)}-${spell(to)}`)),
    ...names,
    ...sets.map(sourceOf),
  ];
  // Not `[^]`: V8 of Node 20 never matches that with a quantifier and the flag v.
  if (parts.length === 0 && negated) return '[\\s\\S]';
  return `[${negated ? '^' : ''}${parts.join('')}]`;
}

function spell(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}

/**
 * The code points of the set, in order and apart.
 *
 * @param far also of named sets' characters that have no relation to ASCII, which take some milliseconds to find
 * @see ECMA-262, CompileToCharSet: without case a class is folded first and negated then
 */
export function rangesOf(set: CharacterSet, ignoreCase: boolean, far: boolean): readonly Range[] {
  const parts = [
    ...set.ranges,
    ...set.named.flatMap((name) => scanUnicode(name, far)),
    ...set.sets.flatMap((inner) => rangesOf(inner, ignoreCase, far)),
  ];
  const merged = merge(ignoreCase ? [...parts, ...twins(merge(parts))] : parts);
  return set.negated ? gaps(merged) : merged;
}

/** Characters that are the same as one of these without case. */
function twins(of: readonly Range[]): Range[] {
  return caseOrbits().flatMap((orbit) =>
    orbit.some((codePoint) => includes(of, codePoint)) ? orbit.map((one): Range => [one, one]) : [],
  );
}

function merge(pairs: readonly Range[]): readonly Range[] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...pairs].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

function gaps(pairs: readonly Range[]): readonly Range[] {
  const between: Range[] = [];
  let next = 0;
  for (const [from, to] of pairs) {
    if (from > next) between.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= lastCodePoint) between.push([next, lastCodePoint]);
  return between;
}

function includes(pairs: readonly Range[], codePoint: number): boolean {
  let low = 0;
  let high = pairs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = pairs[middle] ?? [0, 0];
    if (codePoint < from) high = middle - 1;
    else if (codePoint > to) low = middle + 1;
    else return true;
  }
  return false;
}

const lastCodePoint = 0x10ffff;

let orbits: readonly (readonly number[])[] | undefined;

/**
 * Groups of characters that are the same to V8 without case: Unicode's simple folding, which JavaScript does not offer.
 * Those of a group share their upper case in full; V8 is asked which of them it takes for one.
 */
function caseOrbits(): readonly (readonly number[])[] {
  orbits ??= findOrbits();
  return orbits;
}

function findOrbits(): readonly (readonly number[])[] {
  const groups = new Map<string, number[][]>();
  for (const [from, to] of scanUnicode('[\\p{CWCM}\\p{CWCF}]', true)) {
    for (let codePoint = from; codePoint <= to; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      const upper = character.toLowerCase().toUpperCase();
      const candidates = groups.get(upper) ?? [];
      groups.set(upper, candidates);
      const same = candidates.find(([first = 0]) => sameCharacter.test(String.fromCodePoint(first) + character));
      if (same) same.push(codePoint);
      else candidates.push([codePoint]);
    }
  }
  return [...groups.values()].flat().filter(({ length }) => length > 1);
}

// No literal: TypeScript's target does not know the flag v.
const backReference = '^([\\s\\S])\\1$';
const sameCharacter = new RegExp(backReference, 'iv');
