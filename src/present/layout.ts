import { columnsOf, flowed, wrapped } from '../text/columns.ts';

/** How wide text for people may be, in columns, and whether it may have colours. */
export interface Format {
  readonly columns: number;
  readonly color: boolean;
}

/** A text behind its margin; further lines begin below the text. */
export function hanging(margin: string, text: string, columns: number): readonly string[] {
  return behind(margin, wrapped(text, leftBeside(margin, columns)));
}

/** The same for pieces that are not to be broken: see flowed(). */
export function hangingPieces(margin: string, pieces: readonly string[], columns: number): readonly string[] {
  return behind(margin, flowed(pieces, leftBeside(margin, columns)));
}

function leftBeside(margin: string, columns: number): number {
  return Math.max(columns - columnsOf(margin), 20);
}

function behind(margin: string, lines: readonly string[]): readonly string[] {
  const blank = ' '.repeat(columnsOf(margin));
  return lines.map((line, place) => (place === 0 ? margin : blank) + line);
}
