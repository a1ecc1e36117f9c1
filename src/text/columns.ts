/** How text fills the columns of a terminal: wide characters take two, those that join the one before them none. */

/** Columns that a text without controls takes. */
export function columnsOf(text: string): number {
  if (isAscii(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** Columns that the widest of the texts takes. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, columnsOf(text)), 0);
}

/** The text with blanks behind it up to a number of columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** The text, or as much of its beginning as fits with `…` behind it. */
export function fitted(text: string, columns: number): string {
  return fits(text, columns) ? text : `${beginning(text, columns - 1)}…`;
}

/** Lines of at most so many columns, broken at blanks. A text that fits stays as it is. */
export function wrapped(text: string, columns: number): readonly string[] {
  return flowed(text.split(' '), columns);
}

/**
 * Pieces behind each other with blanks between them, in lines of at most so many columns. Lines are broken between pieces
 * only; a piece that is longer than a line is cut, and nothing of it is lost.
 */
export function flowed(pieces: readonly string[], columns: number): readonly string[] {
  const width = Math.max(columns, 2);
  const lines: string[] = [];
  let line: string | undefined;
  let used = 0;
  const put = (text: string): void => {
    line = line === undefined ? text : `${line} ${text}`;
    used = columnsOf(line);
  };
  const end = (): void => {
    if (line !== undefined) lines.push(line);
    line = undefined;
    used = 0;
  };
  const left = (): number => (line === undefined ? width : width - used - 1);
  for (const piece of pieces) {
    if (!fits(piece, left()) && (fits(piece, width) || left() < Math.max(2, width / 4))) end();
    let rest = piece;
    while (!fits(rest, left())) {
      const most = beginning(rest, left());
      rest = rest.slice(most.length);
      put(most);
      end();
    }
    put(rest);
  }
  end();
  return lines.length > 0 ? lines : [''];
}

/** Whether a text takes at most so many columns, without looking at more of it than that. */
function fits(text: string, columns: number): boolean {
  if (text === '') return columns >= 0;
  const most = beginning(text, columns);
  return most.length === text.length && columnsOf(most) <= columns;
}

/** As much of a text as fits, at least one character of it. */
function beginning(text: string, columns: number): string {
  let left = columns;
  let end = 0;
  for (const character of text) {
    left -= columnsOfCharacter(character);
    if (left < 0 && end > 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

function columnsOfCharacter(character: string): number {
  if (character <= '~') return 1;
  if (/\p{Mn}|\p{Me}/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** @see Unicode Standard Annex 11, East Asian Width: the ranges of W and F that fonts agree about */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]/u;
