import { type Draft, parseBase, parseLogsource } from './parse-meta.ts';
import { parseSelections } from './parse-selections.ts';
import { entry, scalarsOf, scalarText } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Filter, Reference } from './rule.ts';
import type { YamlMap } from './yaml.ts';

/** @see sigma-filters-specification.md */
export function parseFilter(draft: Draft, report: Report): Filter | undefined {
  const { root } = draft;
  const holder = entry(root, 'filter');
  if (holder?.value.kind !== 'map') return report.error(holder?.at ?? root.at, "'filter' is a map");
  const logsource = parseLogsource(root, report);
  const base = parseBase(draft, logsource ?? {}, report);
  const rules = parseTargets(holder.value, report);
  const parsed = parseSelections(holder, new Set(['rules']), draft, report);
  return base && logsource && rules && parsed && { kind: 'filter', ...base, rules, ...parsed };
}

function parseTargets(filter: YamlMap, report: Report): readonly Reference[] | 'any' | undefined {
  const rules = entry(filter, 'rules');
  if (!rules) return report.error(filter.at, "'filter' needs 'rules': a list of rule ids or names, or any");
  const references = scalarsOf(filter, 'rules', report).flatMap((scalar): Reference[] => {
    const to = scalarText(scalar);
    return to ? [{ to, at: scalar.at }] : [];
  });
  // An empty list means any in the specification's own tool.
  if (references.length === 0) return 'any';
  return rules.value.kind === 'scalar' && references[0]?.to.toLowerCase() === 'any' ? 'any' : references;
}
