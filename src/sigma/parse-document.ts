import { followActions } from './collection-actions.ts';
import { digestOf } from './digest.ts';
import { lintNames } from './lint.ts';
import { parseCorrelation } from './parse-correlation.ts';
import { parseFilter } from './parse-filter.ts';
import { type Draft, parseBase, parseLogsource } from './parse-meta.ts';
import { parseSelections } from './parse-selections.ts';
import { noPlaceholders, type Placeholders } from './placeholders.ts';
import { entry } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Document, Rule } from './rule.ts';
import { readYaml } from './yaml.ts';

/** Reads every document of one file's text; what is wrong goes to the report, and only that document is left out. */
export function parseDocuments(
  text: string,
  path: string,
  report: Report,
  placeholders: Placeholders = noPlaceholders,
): Document[] {
  return followActions(readYaml(text, path, report), report).flatMap((document) => {
    const draft: Draft = { ...document, path, digest: digestOf(document.root), placeholders };
    return parseDocument(draft, report) ?? [];
  });
}

function parseDocument(draft: Draft, report: Report): Document | undefined {
  if (entry(draft.root, 'correlation')) return parseCorrelation(draft, report);
  return entry(draft.root, 'filter') ? parseFilter(draft, report) : parseRule(draft, report);
}

function parseRule(draft: Draft, report: Report): Rule | undefined {
  const { root } = draft;
  const logsource = parseLogsource(root, report);
  const base = parseBase(draft, logsource ?? {}, report);
  const detection = entry(root, 'detection');
  const parsed = detection
    ? parseSelections(detection, new Set(['timeframe']), draft, report)
    : report.error(root.at, "a rule needs a 'detection'");
  if (logsource && parsed) lintNames(root, logsource, parsed.selections, report);
  const timeframe = detection?.value.kind === 'map' && entry(detection.value, 'timeframe');
  if (timeframe) {
    report.warning(
      timeframe.at,
      "'timeframe' belonged to the aggregations of Sigma 1 and changes nothing; see correlations",
    );
  }
  return base && logsource && parsed && { kind: 'rule', ...base, ...parsed };
}
