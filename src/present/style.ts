import type { Level } from '../model/rule.ts';

/** Marks text for a terminal; without colour every mark is the text itself. Apply it to text that has been laid out. */
export interface Style {
  heading(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  level(level: Level, text: string): string;
}

/** @see ECMA-48 SGR. Words always say what colours say, so colour is never needed. */
export function createStyle({ color }: { readonly color: boolean }): Style {
  const mark = (codes: string) => (text: string) => (color ? `\x1b[${codes}m${text}\x1b[0m` : text);
  return {
    heading: mark('1'),
    faint: mark('2'),
    good: mark('32'),
    bad: mark('31'),
    level: (level, text) => mark(levelCodes[level])(text),
  };
}

const levelCodes: Readonly<Record<Level, string>> = {
  critical: '1;31',
  high: '31',
  medium: '33',
  low: '36',
  informational: '2',
};
