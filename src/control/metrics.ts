/** A number that Prometheus reads. */
export interface Metric {
  /** Without the prefix; labels as in `lost_total{reason="kernel"}`. */
  readonly name: string;
  readonly value: number;
  readonly type: 'counter' | 'gauge';
}

/**
 * The text that Prometheus and its kin read.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function toPrometheus(metrics: readonly Metric[]): string {
  const families = new Map<string, string[]>();
  for (const { name, value, type } of metrics) {
    const family = `sigmond_${name.replace(/\{.*$/s, '')}`;
    const lines = families.get(family) ?? [`# TYPE ${family} ${type}`];
    lines.push(`sigmond_${name} ${value}`);
    families.set(family, lines);
  }
  return `${[...families.values()].flat().join('\n')}\n`;
}
