import type { Location } from '../model/rule.ts';
import type { Report } from './report.ts';
import type { Yaml, YamlEntry, YamlMap, YamlScalar } from './yaml.ts';

/** How documents read their keys: what has the wrong shape is reported with its place. */

export function entry(map: YamlMap, key: string): YamlEntry | undefined {
  return map.entries.find((candidate) => candidate.key === key);
}

/** The text of a key; numbers as they are written, nothing when it is absent or null. */
export function textOf(map: YamlMap, key: string, report: Report): string | undefined {
  const value = entry(map, key)?.value;
  if (!value) return undefined;
  if (value.kind !== 'scalar') {
    report.warning(value.at, `'${key}' should be text and is left out`);
    return undefined;
  }
  return scalarText(value);
}

/** The texts of a key that holds a list; a single text is a list of one. */
export function textsOf(map: YamlMap, key: string, report: Report): readonly string[] {
  return scalarsOf(map, key, report).flatMap((scalar) => scalarText(scalar) ?? []);
}

/** Like textsOf, with their places. */
export function scalarsOf(map: YamlMap, key: string, report: Report): readonly YamlScalar[] {
  const value = entry(map, key)?.value;
  if (!value) return [];
  const items = value.kind === 'list' ? value.items : [value];
  return items.flatMap((item) => {
    if (item.kind === 'scalar') return item;
    report.warning(item.at, `'${key}' should hold texts, and this ${item.kind} is left out`);
    return [];
  });
}

/** Names that a key holds, one or a list; undefined, and reported as an error, where something else stands among them. */
export function namesOf(map: YamlMap, key: string, report: Report): readonly Named[] | undefined {
  const value = entry(map, key)?.value;
  if (!value || (value.kind === 'scalar' && value.value === null)) return [];
  const items = value.kind === 'list' ? value.items : [value];
  if (items.length > maxNames) return report.error(value.at, `'${key}' holds more than ${maxNames} names`);
  const names: Named[] = [];
  for (const item of items) {
    const name = item.kind === 'scalar' ? scalarText(item) : undefined;
    if (!name) return report.error(item.at, `'${key}' holds one name or a list of names`);
    names.push({ name, at: item.at });
  }
  return names;
}

/** More than anyone means to write, and few enough to be looked up one by one. */
export const maxNames = 256;

export interface Named {
  readonly name: string;
  readonly at: Location;
}

export function scalarText({ value, written }: Extract<Yaml, { kind: 'scalar' }>): string | undefined {
  if (value === null) return undefined;
  return typeof value === 'string' ? value : written;
}
