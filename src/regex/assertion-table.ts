import type { Alphabet } from './alphabet.ts';
import type { Nfa } from './nfa.ts';

/** 1 where the assertion holds beside the symbol, by assertion times width plus symbol. */
export function assertionTable(
  { sets, assertions }: Nfa,
  { width, contains, lastNewline, none }: Alphabet,
): Uint8Array {
  const table = contains.slice(sets.length * width);
  for (const [place, { orNone, orLastNewline }] of assertions.entries()) {
    if (orNone) table[place * width + none] = 1;
    if (orLastNewline) table[place * width + lastNewline] = 1;
  }
  return table;
}

/** For each symbol the first one that no assertion can tell from it when it stands behind. */
export function classesBehind({ assertions }: Nfa, width: number, holds: Uint8Array): Int32Array {
  const firsts = new Map<string, number>();
  return Int32Array.from({ length: width }, (_, symbol) => {
    const signature = assertions.map(({ ahead }, place) => (ahead ? '' : holds[place * width + symbol])).join();
    const first = firsts.get(signature) ?? symbol;
    firsts.set(signature, first);
    return first;
  });
}
