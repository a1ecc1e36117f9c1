import { columnsOf, flowed } from '../text/columns.ts';

/** How wide text for people may be, in columns, and whether it may have colours. */
export interface Format {
  readonly columns: number;
  readonly color: boolean;
}

/** A text behind its margin; further lines begin below the text. Below a wide margin all of the text does. */
export function hanging(margin: string, text: string, columns: number): readonly string[] {
  return hangingPieces(margin, text.split(' '), columns);
}

/** The same for pieces that are not to be broken: see flowed(). */
export function hangingPieces(margin: string, pieces: readonly string[], columns: number): readonly string[] {
  const width = columnsOf(margin);
  if (width > columns / 2) {
    return [...flowed(margin.trimEnd().split(' '), columns), ...hangingPieces('    ', pieces, columns)];
  }
  const blank = ' '.repeat(width);
  return flowed(pieces, columns - width).map((line, place) => (place === 0 ? margin : blank) + line);
}
