import { type CharacterSet, complement, nothing, ranges } from './character-set.ts';
import { word } from './escape.ts';
import type { Beside, Regular } from './tree.ts';

/** Of one character it is what can be decided between two, as the other assertions. */
export function lookAround(look: string): (of: Regular) => Regular {
  const ahead = !look.startsWith('<');
  const negated = look.endsWith('!');
  return (of) =>
    of.kind === 'character'
      ? beside(ahead, negated ? complement(of.set) : of.set, negated)
      : { kind: 'look', ahead, negated, of };
}

function beside(ahead: boolean, set: CharacterSet, orNone: boolean, orLastNewline = false): Beside {
  return { kind: 'beside', ahead, set, orNone, orLastNewline };
}

export const newline = ranges([0x0a, 0x0a]);
const notWord = complement(word);

export const textStart = beside(false, nothing, true);
const textEnd = beside(true, nothing, true);
export const lineStart = beside(false, newline, true);
export const lineEnd = beside(true, newline, true);
export const lastLineEnd = beside(true, nothing, true, true);

function either(...of: readonly Regular[]): Regular {
  return { kind: 'alternatives', of };
}

function both(behind: CharacterSet, ahead: CharacterSet): Regular {
  return { kind: 'sequence', of: [beside(false, behind, behind === notWord), beside(true, ahead, ahead === notWord)] };
}

/** By the letter of their escape. */
export const assertions: ReadonlyMap<string, Regular> = new Map<string, Regular>([
  ['b', either(both(word, notWord), both(notWord, word))],
  ['B', either(both(word, word), both(notWord, notWord))],
  ['A', textStart],
  ['z', textEnd],
  ['Z', lastLineEnd],
]);
