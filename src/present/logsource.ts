import type { Logsource } from '../model/sigma-event.ts';

const dimensions = ['product', 'category', 'service'] as const;

/** Such as `product linux, category process_creation`; empty where no dimension is named. */
export function logsourceText(logsource: Logsource): string {
  return dimensions.flatMap((name) => (logsource[name] === undefined ? [] : `${name} ${logsource[name]}`)).join(', ');
}
