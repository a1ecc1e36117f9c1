import type { Location } from '../model/rule.ts';
import type { Logsource } from '../model/sigma-event.ts';
import { didYouMean, nearest } from '../text/nearest.ts';
import { knownLogsources } from './logsources.ts';
import { entry, textOf } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Detection, DetectionItem } from './rule.ts';
import { type EventKind, isKnownIn, kindsOf, knownFields } from './taxonomy.ts';
import type { YamlMap } from './yaml.ts';

/**
 * Warns of names that are misspelled: fields that no event of the rule's logsource has in Sigma's taxonomy or here, and
 * logsource values that are nearly known ones. Rules for other systems pass, for their fields are not ours to know.
 */
export function lintNames(
  root: YamlMap,
  logsource: Logsource,
  selections: ReadonlyMap<string, Detection>,
  report: Report,
): void {
  lintLogsource(root, logsource, report);
  const taxonomy = textOf(root, 'taxonomy', report) ?? 'sigma';
  if (taxonomy === 'sigma') lintFields(logsource, selections, report);
}

function lintLogsource(root: YamlMap, logsource: Logsource, report: Report): void {
  const map = entry(root, 'logsource')?.value;
  for (const dimension of ['product', 'category', 'service'] as const) {
    const value = logsource[dimension];
    const known = knownLogsources[dimension];
    if (value === undefined || known.has(value)) continue;
    const at = (map?.kind === 'map' ? entry(map, dimension)?.value.at : undefined) ?? root.at;
    if (known.has(value.toLowerCase())) {
      report.warning(at, `logsources are compared with case: write '${value.toLowerCase()}', not '${value}'`);
      // Whoever follows a log names its service, and short names are near each other.
    } else if (value.length >= (dimension === 'service' ? 5 : 3) && nearest(value, known) !== undefined) {
      report.warning(at, `unknown ${dimension} '${value}'${didYouMean(value, known)}`);
    }
  }
}

function lintFields(logsource: Logsource, selections: ReadonlyMap<string, Detection>, report: Report): void {
  const kinds = kindsOf(logsource);
  if (kinds.length === 0) return;
  const known = kinds.flatMap(knownFields);
  // Events of logs may come from elsewhere, with fields that only their user knows.
  const isOpen = kinds.some(({ name }) => name === 'log' || name === 'agent');
  const warned = new Set<string>();
  for (const { field, at } of [...selections.values()].flatMap(fieldsIn)) {
    if (warned.has(field) || kinds.some((kind) => isKnownIn(kind, field))) continue;
    const hint = didYouMean(field, isOpen ? known.filter((name) => isLikely(field, name)) : known);
    if (hint === '' && isOpen) continue;
    warned.add(field);
    report.warning(at, `no ${nameOf(kinds)} event has a field '${field}'${hint}`);
  }
}

/** Short names are near each other whatever they mean. */
function isLikely(field: string, known: string): boolean {
  return known.length >= 8 ? field.length >= 8 : known.toLowerCase() === field.toLowerCase();
}

function nameOf(kinds: readonly EventKind[]): string {
  const [only] = kinds;
  return kinds.length === 1 && only ? only.name : (only?.product ?? '');
}

function fieldsIn(detection: Detection): readonly { readonly field: string; readonly at: Location }[] {
  if (detection.kind !== 'item') return detection.of.flatMap(fieldsIn);
  const { at } = detection;
  return namesIn(detection).map((field) => ({ field, at }));
}

function namesIn({ field, values }: DetectionItem): readonly string[] {
  const others = values.flatMap(({ value }) => (value.kind === 'fieldref' ? [value.field] : []));
  return field === undefined ? others : [field, ...others];
}
