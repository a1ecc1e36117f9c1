import type { Entry } from './timeline.ts';

/** The numbers of a window in order, and the percentile of them (0 to 100), linear between two neighbours. */
export function createSorted(percentile: number) {
  const numbers = createSortedNumbers();
  return {
    add: ({ value }: Entry): void => numbers.add(Number(value)),
    remove: ({ value }: Entry): void => numbers.remove(Number(value)),
    value(): number {
      const rank = ((numbers.length - 1) * percentile) / 100;
      const below = numbers.at(Math.floor(rank));
      const above = numbers.at(Math.ceil(rank));
      const part = rank - Math.floor(rank);
      // Half way is said so that it is exact, also where the two are far apart.
      return part === 0.5 ? below / 2 + above / 2 : below + (above - below) * part;
    },
  };
}

/** In pieces of bounded length, so that a number finds its place without moving all that are above it. */
function createSortedNumbers() {
  const pieces: number[][] = [];
  let length = 0;

  /** The first piece that ends with this number or one above it, or else the last. */
  function pieceFor(number: number): number {
    const at = firstIn(pieces.length, (piece) => (pieces[piece]?.at(-1) ?? 0) >= number);
    return Math.min(at, pieces.length - 1);
  }

  return {
    get length() {
      return length;
    },
    add(number: number): void {
      length++;
      const at = pieceFor(number);
      const piece = pieces[at];
      if (!piece) {
        pieces.push([number]);
        return;
      }
      piece.splice(placeIn(piece, number), 0, number);
      if (piece.length > maxPiece) pieces.splice(at + 1, 0, piece.splice(maxPiece / 2));
    },
    remove(number: number): void {
      length--;
      const at = pieceFor(number);
      const piece = pieces[at];
      piece?.splice(placeIn(piece, number), 1);
      if (piece?.length === 0) pieces.splice(at, 1);
    },
    /** The number at this place, counted from 0. */
    at(place: number): number {
      let left = place;
      for (const piece of pieces) {
        if (left < piece.length) return piece[left] ?? Number.NaN;
        left -= piece.length;
      }
      return Number.NaN;
    },
  };
}

const maxPiece = 512;

function placeIn(piece: readonly number[], number: number): number {
  return firstIn(piece.length, (at) => (piece[at] ?? 0) >= number);
}

/** The first of so many places for which `holds`, which then holds for all behind it. */
function firstIn(length: number, holds: (at: number) => boolean): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
