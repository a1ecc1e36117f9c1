import type { Entry } from './timeline.ts';

/** The numbers of a window in order, and the percentile of them (0 to 100), linear between two neighbours. */
export function createSorted(percentile: number) {
  const numbers: number[] = [];
  return {
    add({ value }: Entry): void {
      numbers.splice(firstNotBelow(numbers, Number(value)), 0, Number(value));
    },
    remove({ value }: Entry): void {
      numbers.splice(firstNotBelow(numbers, Number(value)), 1);
    },
    value(): number {
      const rank = ((numbers.length - 1) * percentile) / 100;
      const below = numbers[Math.floor(rank)] ?? Number.NaN;
      const above = numbers[Math.ceil(rank)] ?? Number.NaN;
      const part = rank - Math.floor(rank);
      // Half way is said so that it is right where the two are far apart, and exact.
      return part === 0.5 ? below / 2 + above / 2 : below + (above - below) * part;
    },
  };
}

function firstNotBelow(numbers: readonly number[], number: number): number {
  let from = 0;
  let to = numbers.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((numbers[middle] ?? 0) < number) from = middle + 1;
    else to = middle;
  }
  return from;
}
