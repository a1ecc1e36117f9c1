import type { Location } from '../model/rule.ts';
import { didYouMean } from '../text/nearest.ts';
import { canHold, maxGroupEntries, reachOf } from './bounds.ts';
import { entry, namesOf } from './read-yaml.ts';
import type { Report } from './report.ts';
import { type Bound, boundOperators, type CorrelationType, type Threshold } from './rule.ts';
import { decimal } from './value.ts';
import type { YamlEntry, YamlMap } from './yaml.ts';

/**
 * Reads the condition of a correlation of `type` over so many rules.
 *
 * @param holder the condition, or the correlation where it has none, as temporal types may
 */
export function parseThreshold(
  holder: YamlEntry | YamlMap,
  type: CorrelationType,
  rules: number,
  report: Report,
): Threshold | undefined {
  const needsField = fieldTypes.has(type);
  if (!('value' in holder) || (holder.value.kind === 'scalar' && holder.value.value === null)) {
    const all: Bound = { operator: 'gte', number: rules };
    if (type === 'temporal' || type === 'temporal_ordered') return { ...plain, bounds: [all] };
    const example = needsField ? "'field: User' and 'gte: 5'" : "'gte: 5'";
    return report.error(holder.at, `${type} needs a 'condition', such as ${example}`);
  }
  const map = holder.value;
  if (map.kind !== 'map') return report.error(map.at, "'condition' is a map such as 'gte: 5'");
  const hasOnlyKnownKeys = checkKeys(map, report);
  const bounds = parseBounds(map, hasOnlyKnownKeys, report);
  const fields = parseFields(map, type, report);
  const percentile = parsePercentile(map, type, report);
  if (!bounds || !fields || percentile === undefined) return undefined;
  const reach = reachOf(type, rules);
  if (canHold(bounds, reach)) return { kind: 'threshold', bounds, fields, percentile };
  return report.error(map.at, `this condition can never hold: ${whyNot(type, reach.most)}`);
}

const plain = { kind: 'threshold', fields: [], percentile: 50 } as const;

const fieldTypes: ReadonlySet<CorrelationType> = new Set([
  'value_count',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
]);

function checkKeys(map: YamlMap, report: Report): boolean {
  const known = [...boundOperators, 'field', 'percentile'];
  const unknown = map.entries.filter(({ key }) => !known.includes(key));
  for (const { key, at } of unknown) {
    const hint = didYouMean(key, known) || `: ${known.join(', ')}`;
    report.error(at, `the condition of a correlation has no '${key}'${hint}`);
  }
  return unknown.length === 0;
}

function parseBounds(map: YamlMap, hasOnlyKnownKeys: boolean, report: Report): readonly Bound[] | undefined {
  const bounds: Bound[] = [];
  let isWhole = true;
  for (const operator of boundOperators) {
    const value = entry(map, operator)?.value;
    if (!value) continue;
    const number = value.kind === 'scalar' ? toNumber(value.value) : undefined;
    if (number !== undefined) bounds.push({ operator, number });
    else {
      report.error(value.at, `'${operator}' needs a number`);
      isWhole = false;
    }
  }
  // A key that is unknown was probably meant for one.
  if (!isWhole || !hasOnlyKnownKeys) return undefined;
  return bounds.length > 0 ? bounds : report.error(map.at, `'condition' needs one of ${boundOperators.join(', ')}`);
}

function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? decimal(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function parseFields(map: YamlMap, type: CorrelationType, report: Report): readonly string[] | undefined {
  const fields = namesOf(map, 'field', report)?.map(({ name }) => name);
  const at: Location = entry(map, 'field')?.at ?? map.at;
  if (!fields) return undefined;
  if (!fieldTypes.has(type)) {
    return fields.length === 0 ? fields : report.error(at, `${type} counts events, not the values of a 'field'`);
  }
  if (fields.length === 0) return report.error(at, `${type} needs the 'field' whose values it takes`);
  if (fields.length > 1 && type !== 'value_count') return report.error(at, `${type} takes one 'field'`);
  return fields;
}

function parsePercentile(map: YamlMap, type: CorrelationType, report: Report): number | undefined {
  const percentile = entry(map, 'percentile');
  if (!percentile) return plain.percentile;
  if (type !== 'value_percentile') return report.error(percentile.at, `${type} takes no 'percentile'`);
  const number = percentile.value.kind === 'scalar' ? toNumber(percentile.value.value) : undefined;
  if (number !== undefined && number >= 0 && number <= 100) return number;
  return report.error(percentile.value.at, "'percentile' is a number from 0 to 100");
}

function whyNot(type: CorrelationType, most: number): string {
  if (type === 'event_count' || type === 'value_count') {
    return `the count is whole, at least 1 and at most ${maxGroupEntries}, which is as many events as are kept`;
  }
  if (most === Number.POSITIVE_INFINITY) return 'no number is within all bounds';
  return `the number of rules is whole, at least 1 and at most ${most}`;
}
