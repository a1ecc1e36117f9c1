import type { CharacterSet } from './character-set.ts';
import type { Regular } from './tree.ts';

/**
 * Texts of which every match of the pattern contains at least one, without regard to case; undefined where none is
 * found. In lower case and ASCII only.
 */
export function requiredTexts(root: Regular): readonly string[] | undefined {
  const { whole, inside } = textsOf(root);
  const best = better(whole, inside);
  return best?.includes('') ? undefined : best;
}

/** Any one of these. */
type Texts = readonly string[];

/** What is known of all that a node can match; undefined where that is nothing. */
interface Known {
  /** All of it, where that is few. */
  readonly whole: Texts | undefined;
  readonly start: Texts | undefined;
  readonly end: Texts | undefined;
  /** What is anywhere in it. */
  readonly inside: Texts | undefined;
}

function exactly(whole: Texts): Known {
  return { whole, start: whole, end: whole, inside: whole };
}

const nothingKnown: Known = { whole: undefined, start: undefined, end: undefined, inside: undefined };

function textsOf(node: Regular): Known {
  switch (node.kind) {
    case 'character': {
      const characters = fewCharacters(node.set);
      return characters ? exactly(characters) : nothingKnown;
    }
    case 'beside':
    case 'look':
      return exactly(['']);
    case 'group':
      return textsOf(node.of);
    case 'reference':
      return nothingKnown;
    case 'sequence':
      return ofSequence(node.of.map(textsOf));
    case 'alternatives':
      return ofAlternatives(node.of.map(textsOf));
    case 'repeat':
      return ofRepeat(textsOf(node.of), node.min, node.max);
  }
}

function fewCharacters({ negated, ranges, named, sets }: CharacterSet): Texts | undefined {
  if (negated || named.length + sets.length > 0) return undefined;
  const characters = new Set<string>();
  for (const [from, to] of ranges) {
    if (to >= 0x80 || to - from > maxWhole) return undefined;
    for (let code = from; code <= to; code++) characters.add(String.fromCharCode(code).toLowerCase());
  }
  return characters.size > 0 && characters.size <= maxWhole ? [...characters] : undefined;
}

/** Texts of neighbours join into longer ones as long as all of a neighbour is known; where it is not, they end. */
function ofSequence(parts: readonly Known[]): Known {
  let run: Texts = [''];
  let start: Texts | undefined;
  let inside: Texts | undefined;
  for (const part of parts) {
    const longer = part.whole && product(run, part.whole);
    if (longer) {
      run = longer;
      continue;
    }
    const ended = (part.start && product(run, part.start)) ?? run;
    start ??= ended;
    inside = better(better(inside, ended), part.inside);
    run = part.end ?? [''];
  }
  if (!start) return exactly(run);
  return { whole: undefined, start, end: run, inside: better(inside, run) };
}

function ofAlternatives(parts: readonly Known[]): Known {
  return {
    whole: union(
      parts.map(({ whole }) => whole),
      maxWhole,
    ),
    start: union(
      parts.map(({ start }) => start),
      maxWhole,
    ),
    end: union(
      parts.map(({ end }) => end),
      maxWhole,
    ),
    inside: union(
      parts.map(({ inside }) => inside),
      maxInside,
    ),
  };
}

function ofRepeat(part: Known, min: number, max: number): Known {
  if (min === 0) {
    const whole = max === 1 ? union([part.whole, ['']], maxWhole) : undefined;
    return whole ? exactly(whole) : nothingKnown;
  }
  if (part.whole?.every((text) => text === '')) return part;
  let run = part.whole;
  let copies = 1;
  for (; copies < min && run; copies++) {
    const longer = product(run, part.whole ?? []);
    if (!longer) break;
    run = longer;
  }
  if (!run) return { ...part, whole: undefined };
  return max === min && copies === min ? exactly(run) : { whole: undefined, start: run, end: run, inside: run };
}

/** Each of the first before each of the second, unless those would be many or long. */
function product(first: Texts, second: Texts): Texts | undefined {
  if (first.length * second.length > maxWhole) return undefined;
  const joined = first.flatMap((before) => second.map((after) => before + after));
  return joined.every(({ length }) => length <= maxChars) ? [...new Set(joined)] : undefined;
}

function union(of: readonly (Texts | undefined)[], atMost: number): Texts | undefined {
  const all = new Set<string>();
  for (const texts of of) {
    if (!texts) return undefined;
    for (const text of texts) all.add(text);
    if (all.size > atMost) return undefined;
  }
  return [...all];
}

/** What fewer texts contain: a letter more makes them a quarter, and those of several add up. */
function better(a: Texts | undefined, b: Texts | undefined): Texts | undefined {
  if (!a || !b) return a ?? b;
  return share(a) <= share(b) ? a : b;
}

function share(texts: Texts): number {
  return texts.reduce((sum, { length }) => sum + 4 ** -length, 0);
}

const maxWhole = 16;
const maxInside = 64;
const maxChars = 64;
