import { conditionText, namesOf } from './condition.ts';
import { lintNames } from './lint.ts';
import { type Draft, parseBase, parseLogsource } from './parse-meta.ts';
import { parseSelections, type Selections } from './parse-selections.ts';
import { entry, scalarsOf, scalarText } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Condition, Filter, Reference } from './rule.ts';
import { itemsOf } from './stages.ts';
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
  if (parsed) doubtPolarity(parsed, holder.value, report);
  if (logsource && parsed) lintNames(root, logsource, parsed.selections, report);
  return base && logsource && rules && parsed && { kind: 'filter', ...base, rules, ...parsed };
}

function parseTargets(filter: YamlMap, report: Report): readonly Reference[] | 'any' | undefined {
  const rules = entry(filter, 'rules');
  if (!rules) return report.error(filter.at, "'filter' needs 'rules': a list of rule ids or names, or any");
  const references = scalarsOf(filter, 'rules', report).flatMap((scalar): Reference[] => {
    const to = scalarText(scalar);
    return to ? [{ to, at: scalar.at }] : [];
  });
  if (rules.value.kind === 'scalar' && references[0]?.to.toLowerCase() === 'any') return 'any';
  if (references.length > 0) return references;
  if (rules.value.kind !== 'list' || rules.value.items.length > 0) {
    return report.error(rules.at, "'rules' names no rule: it is a list of rule ids or names, or any");
  }
  // So the specification's own tool reads it.
  report.warning(rules.at, "an empty list means all rules of the logsource; write 'rules: any' to say so");
  return 'any';
}

/**
 * A filter's condition has to hold beside the rule's, so one that is to take events away has a `not`. The specification's
 * example lacks it, and with it such a filter would silence all of its rules but for the events that it was to remove.
 */
function doubtPolarity({ condition, selections }: Selections, filter: YamlMap, report: Report): void {
  if (hasNot(condition) || [...selections.values()].flatMap(itemsOf).some(({ negated }) => negated)) return;
  const keeps = `keeps only events that match '${conditionText(condition)}', and its rules say nothing of all others`;
  const fix = `to exclude those that match, write '${conditionText({ kind: 'not', of: condition })}'`;
  report.warning(entry(filter, 'condition')?.value.at ?? filter.at, `this filter ${keeps}; ${fix}`);
}

function hasNot(condition: Condition): boolean {
  return namesOf(condition).negative.size > 0;
}
