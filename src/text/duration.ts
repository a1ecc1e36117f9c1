import { counted } from './counted.ts';

/** A time in the largest unit that gives a whole number: `10 minutes`, `90 seconds`. */
export function durationText(durationMs: number): string {
  const [noun, lengthMs] = units.find(([, unitMs]) => durationMs % unitMs === 0) ?? smallest;
  return counted(durationMs / lengthMs, noun);
}

const smallest = ['millisecond', 1] as const;
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;
