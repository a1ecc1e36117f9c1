import { type CharacterSet, rangesOf } from './character-set.ts';

/** Characters that no set of a regular expression tells apart are one symbol. */
export interface Alphabet {
  /** Number of symbols. */
  readonly width: number;
  /** The symbol by ASCII code. */
  readonly ascii: Uint16Array;
  /** Knows the other characters too. */
  readonly far: boolean;
  /** The symbol of a code point; of any only where `far`. */
  symbolOf(codePoint: number): number;
  /** 1 where the set has the symbol, by set times width plus symbol. */
  readonly contains: Uint8Array;
  /** A newline that ends the text: in every set where a newline is. */
  readonly lastNewline: number;
  /** No character: stands for both ends of the text. */
  readonly none: number;
}

/** Finds the symbols of the sets; those beyond ASCII, which take longer, only where they are wanted. */
export function buildAlphabet(sets: readonly CharacterSet[], ignoreCase: boolean, far: boolean): Alphabet {
  const all = sets.map((set) => rangesOf(set, ignoreCase, far));
  const bounds = [
    ...new Set([0, 0x0a, 0x0b, ...all.flatMap((pairs) => pairs.flatMap(([from, to]) => [from, to + 1]))]),
  ];
  const starts = Int32Array.from(bounds).sort();
  const placeOf = new Map<number, number>();
  for (const [place, start] of starts.entries()) placeOf.set(start, place);

  /** The numbers of the stretches between bounds that the set has. */
  function* stretches(set: number): Generator<number> {
    for (const [from, to] of all[set] ?? []) {
      for (let place = placeOf.get(from) ?? 0; (starts[place] ?? Number.POSITIVE_INFINITY) <= to; place++) yield place;
    }
  }

  const { symbols, count } = tellApart(starts.length, all.keys(), stretches);
  const width = count + 2;
  const [lastNewline, none] = [count, count + 1];
  const contains = new Uint8Array(sets.length * width);
  const newline = symbols[placeOf.get(0x0a) ?? 0] ?? 0;
  for (const set of all.keys()) {
    for (const place of stretches(set)) contains[set * width + (symbols[place] ?? 0)] = 1;
    contains[set * width + lastNewline] = contains[set * width + newline] ?? 0;
  }
  const symbolOf = createLookup(starts, symbols);
  return {
    width,
    ascii: Uint16Array.from({ length: 0x80 }, (_, code) => symbolOf(code)),
    far,
    symbolOf,
    contains,
    lastNewline,
    none,
  };
}

/** Splits the stretches by each set in turn; those that stay together have one symbol. */
function tellApart(
  length: number,
  sets: Iterable<number>,
  stretches: (set: number) => Iterable<number>,
): { symbols: Uint16Array; count: number } {
  const parts = new Int32Array(length);
  let made = 1;
  for (const set of sets) {
    const inside = new Map<number, number>();
    for (const place of stretches(set)) {
      const before = parts[place] ?? 0;
      let now = inside.get(before);
      if (now === undefined) {
        now = made++;
        inside.set(before, now);
      }
      parts[place] = now;
    }
  }
  const symbolOfPart = new Map<number, number>();
  const symbols = Uint16Array.from(parts, (part) => {
    const symbol = symbolOfPart.get(part) ?? symbolOfPart.size;
    symbolOfPart.set(part, symbol);
    return symbol;
  });
  return { symbols, count: symbolOfPart.size };
}

/** Remembers the last stretch: the characters of a text are mostly of one script. */
function createLookup(starts: Int32Array, symbols: Uint16Array): (codePoint: number) => number {
  let last = 0;
  return (codePoint) => {
    if (codePoint < (starts[last] ?? 0) || codePoint >= (starts[last + 1] ?? Number.POSITIVE_INFINITY)) {
      last = 0;
      for (let high = starts.length; high - last > 1; ) {
        const middle = (last + high) >> 1;
        if ((starts[middle] ?? 0) <= codePoint) last = middle;
        else high = middle;
      }
    }
    return symbols[last] ?? 0;
  };
}
