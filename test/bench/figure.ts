/** One measured number, with what it was measured against in the same minute. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `value` divided by that of the reference; absent where there is nothing to compare with. */
  readonly ratio?: number;
  readonly reference?: string;
  readonly note?: string;
}

export function notMeasured(name: string, why: string): Figure {
  return { name, value: Number.NaN, unit: '', note: `not measured: ${why}` };
}

export function toText(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, ratio, reference, note }) => [
    name,
    `${format(value)} ${unit}`,
    ratio === undefined ? '' : `${ratio.toPrecision(3)} of ${reference}`,
    note ?? '',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
