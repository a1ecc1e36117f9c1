import { digestOf } from './digest.ts';
import { lintNames } from './lint.ts';
import { parseCorrelation } from './parse-correlation.ts';
import { parseFilter } from './parse-filter.ts';
import { type Draft, parseBase, parseLogsource } from './parse-meta.ts';
import { parseSelections } from './parse-selections.ts';
import { entry } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Document, Rule } from './rule.ts';
import { readYaml, type YamlDocument } from './yaml.ts';

/** Reads every document of one file's text; what is wrong goes to the report, and only that document is left out. */
export function parseDocuments(text: string, path: string, report: Report): Document[] {
  return readYaml(text, path, report).flatMap((document) => parseDocument(document, path, report) ?? []);
}

function parseDocument({ root, text }: YamlDocument, path: string, report: Report): Document | undefined {
  if (root.kind !== 'map') return report.error(root.at, `a rule is a map, not a ${root.kind}`);
  const action = entry(root, 'action');
  if (action) return report.error(action.at, "rule collections with 'action' are not supported yet");
  const draft: Draft = { root, path, text, digest: digestOf(root) };
  if (entry(root, 'correlation')) return parseCorrelation(draft, report);
  return entry(root, 'filter') ? parseFilter(draft, report) : parseRule(draft, report);
}

function parseRule(draft: Draft, report: Report): Rule | undefined {
  const { root } = draft;
  const logsource = parseLogsource(root, report);
  const base = parseBase(draft, logsource ?? {}, report);
  const detection = entry(root, 'detection');
  const parsed = detection
    ? // timeframe belonged to the aggregations of Sigma 1 and selects nothing.
      parseSelections(detection, new Set(['timeframe']), report)
    : report.error(root.at, "a rule needs a 'detection'");
  if (logsource && parsed) lintNames(root, logsource, parsed.selections, report);
  return base && logsource && parsed && { kind: 'rule', ...base, ...parsed };
}
