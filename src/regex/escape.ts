import { type CharacterSet, complement, named, nothing, ranges } from './character-set.ts';

/** What stands for characters: a set, with its code point where it is a single one; or nothing that is supported. */
export type Escape =
  | { readonly set: CharacterSet; readonly codePoint?: number; readonly length: number }
  | { readonly problem: string };

/** Reads the escape at `at` that means characters, inside a class or outside; `length` counts its code units. */
export function readEscape(pattern: string, at: number): Escape {
  const rest = pattern.slice(at + 1, at + 80);
  const hex = /^x\{([0-9a-fA-F]{1,6})\}|^x([0-9a-fA-F]{2})|^u([0-9a-fA-F]{4})/.exec(rest);
  if (hex) {
    const codePoint = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16);
    if (codePoint > 0x10ffff) return { problem: `has '\\${hex[0]}', which is no character` };
    return single(codePoint, 1 + hex[0].length);
  }
  const property = /^([pP])(?:\{([\w=^]+)\}|([A-Z]))/.exec(rest);
  if (property) return readProperty(property[0], property[1] === 'P', property[2] ?? property[3] ?? '');
  const name = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  const set = sets.get(name);
  if (set) return { set, length: 2 };
  const control = controls.get(name);
  if (control !== undefined) return single(control, 2);
  if (rest === '') return { problem: "ends in a '\\'" };
  if (/[a-zA-Z0-9]/.test(name)) return { problem: `has '\\${name}', which is not supported` };
  return single(name.codePointAt(0) ?? 0, 1 + name.length);
}

function single(codePoint: number, length: number): Escape {
  return { set: ranges([codePoint, codePoint]), codePoint, length };
}

function readProperty(written: string, negated: boolean, name: string): Escape {
  const source = `\\p{${name}}`;
  try {
    // In a class, where properties of whole strings are refused as properties of single characters are not.
    new RegExp(`[^${source}]`, 'v');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: `has '\\${written}', and there is no such property of characters` };
  }
  const set = named(source);
  return { set: negated ? complement(set) : set, length: 1 + written.length };
}

/** Letters, digits and underscore of all scripts, as Python has them. */
export const word: CharacterSet = { ...named('\\p{L}', '\\p{N}'), ranges: [[0x5f, 0x5f]] };

const digit = named('\\p{Nd}');
const space = named('\\s');

const sets: ReadonlyMap<string, CharacterSet> = new Map<string, CharacterSet>([
  ['d', digit],
  ['D', complement(digit)],
  ['w', word],
  ['W', complement(word)],
  ['s', space],
  ['S', complement(space)],
  ['h', { ...nothing, ranges: [[0x09, 0x09]], named: ['\\p{Zs}'] }],
]);

const controls: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['f', 0x0c],
  ['v', 0x0b],
  ['a', 0x07],
  ['e', 0x1b],
  ['0', 0],
]);
