/** What one escape stands for: a character, a set of characters, or nothing that is supported. */
export type Escape =
  | { readonly literal: string; readonly length: number }
  | { readonly literal?: undefined; readonly set: string; readonly length: number }
  | { readonly problem: string };

/** Reads the escape at `at` that means characters, inside a class or outside; `length` counts its code units. */
export function readEscape(pattern: string, at: number): Escape {
  const rest = pattern.slice(at + 1, at + 80);
  const hex = /^x\{([0-9a-fA-F]{1,6})\}|^x([0-9a-fA-F]{2})|^u([0-9a-fA-F]{4})/.exec(rest);
  if (hex) {
    const codePoint = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16);
    if (codePoint > 0x10ffff) return { problem: `has '\\${hex[0]}', which is no character` };
    return { literal: String.fromCodePoint(codePoint), length: 1 + hex[0].length };
  }
  const property = /^[pP](?:\{[\w=^]+\}|[A-Z])/.exec(rest)?.[0];
  if (property) {
    const set = property.length === 2 ? `\\${property.charAt(0)}{${property.charAt(1)}}` : `\\${property}`;
    return { set, length: 1 + property.length };
  }
  const name = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  const set = sets[name];
  if (set !== undefined) return { set, length: 2 };
  const control = controls[name];
  if (control !== undefined) return { literal: control, length: 2 };
  if (rest === '') return { problem: "ends in a '\\'" };
  if (/[a-zA-Z0-9]/.test(name)) return { problem: `has '\\${name}', which is not supported` };
  return { literal: name, length: 1 + name.length };
}

/** Letters, digits and underscore of all scripts, as Python has them. */
export const word = '\\p{L}\\p{N}_';

const sets: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: `[${word}]`,
  W: `[^${word}]`,
  s: '\\s',
  S: '\\S',
  h: '[\\t\\p{Zs}]',
});

const controls: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  n: '\n',
  r: '\r',
  t: '\t',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  0: '\0',
});
