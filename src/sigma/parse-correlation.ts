import type { Draft } from './parse-meta.ts';
import { entry } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Correlation } from './rule.ts';

/** @see sigma-correlation-rules-specification.md */
export function parseCorrelation({ root }: Draft, report: Report): Correlation | undefined {
  return report.error(entry(root, 'correlation')?.at ?? root.at, 'correlation rules are not supported yet');
}
