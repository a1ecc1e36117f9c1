/** What a correlation fired on, in a few words: `event_count 5 within 10m, User=root`. */
export function correlationWords({ type, value, timespanMs, groupBy }: Fired): string {
  const group = Object.entries(groupBy).map(([field, text]) => `, ${field}=${text ?? '(none)'}`);
  return `${type} ${value} within ${timespan(timespanMs)}${group.join('')}`;
}

interface Fired {
  readonly type: string;
  readonly value: number;
  readonly timespanMs: number;
  readonly groupBy: Readonly<Record<string, string | null>>;
}

/** In the largest unit of Sigma's that it is a multiple of. */
function timespan(ms: number): string {
  const [unit, unitMs] = units.find(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
}

const units: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];
