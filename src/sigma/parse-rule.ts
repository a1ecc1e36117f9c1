import { createHash } from 'node:crypto';
import type { Level, RuleMeta } from '../model/rule.ts';
import type { Logsource } from '../model/sigma-event.ts';
import { didYouMean } from '../text/nearest.ts';
import { parseCondition } from './parse-condition.ts';
import { parseDetection } from './parse-detection.ts';
import type { Report } from './report.ts';
import type { Condition, Detection, Rule } from './rule.ts';
import { readYaml, type Yaml, type YamlDocument, type YamlEntry, type YamlMap } from './yaml.ts';

/** A rule beside the place of its id, or of its first line where it has none. */
export interface PlacedRule {
  readonly rule: Rule;
  readonly at: RulePlace;
}

type RulePlace = Yaml['at'];

/** Reads every rule of one file's text; what is wrong goes to the report, and only that rule is left out. */
export function parseRules(text: string, path: string, report: Report): PlacedRule[] {
  return readYaml(text, path, report).flatMap((document) => parseRule(document, path, report) ?? []);
}

function parseRule({ root, text }: YamlDocument, path: string, report: Report): PlacedRule | undefined {
  if (root.kind !== 'map') return report.error(root.at, `a rule is a map, not a ${root.kind}`);
  const unsupported = root.entries.find(({ key }) => notSupported.has(key));
  if (unsupported) return report.error(unsupported.at, `${notSupported.get(unsupported.key)} not supported yet`);
  const digest = createHash('sha256').update(text).digest('hex');
  const meta = parseMeta(root, path, digest, report);
  const detection = parseDetections(root, report);
  if (!meta || !detection) return undefined;
  return { rule: { meta, digest, ...detection }, at: entry(root, 'id')?.value.at ?? root.at };
}

const notSupported: ReadonlyMap<string, string> = new Map([
  ['correlation', 'correlation rules are'],
  ['filter', 'filters are'],
  ['action', "rule collections with 'action' are"],
]);

function parseMeta(root: YamlMap, path: string, digest: string, report: Report): RuleMeta | undefined {
  const title = textOf(root, 'title', report);
  if (!title) report.error(entry(root, 'title')?.at ?? root.at, "a rule needs a 'title'");
  const level = parseLevel(root, report);
  const logsource = parseLogsource(root, report);
  if (!title || !level || !logsource) return undefined;
  return {
    id: textOf(root, 'id', report) || `sha256:${digest}`,
    title,
    level,
    logsource,
    path,
    status: textOf(root, 'status', report),
    description: textOf(root, 'description', report),
    author: textsOf(root, 'author', report).join(', ') || undefined,
    tags: textsOf(root, 'tags', report),
    references: textsOf(root, 'references', report),
    falsepositives: textsOf(root, 'falsepositives', report),
  };
}

function parseLevel(root: YamlMap, report: Report): Level | undefined {
  const written = textOf(root, 'level', report);
  if (written === undefined) {
    report.warning(root.at, "the rule has no 'level' and is taken as informational");
    return 'informational';
  }
  const level = levels.find((known) => known === written.toLowerCase());
  if (level) return level;
  const hint = didYouMean(written, levels) || `: ${levels.join(', ')}`;
  return report.error(entry(root, 'level')?.value.at ?? root.at, `unknown level '${written}'${hint}`);
}

const levels: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];

function parseLogsource(root: YamlMap, report: Report): Logsource | undefined {
  const logsource = entry(root, 'logsource');
  if (!logsource) return report.error(root.at, "a rule needs a 'logsource'");
  const map = logsource.value;
  if (map.kind !== 'map') return report.error(map.at, `'logsource' is a map, not a ${map.kind}`);
  const dimension = (name: keyof Logsource) => textOf(map, name, report);
  const [product, category, service] = [dimension('product'), dimension('category'), dimension('service')];
  if (!product && !category && !service) {
    return report.error(map.at, "'logsource' needs at least one of product, category and service");
  }
  return { ...(product && { product }), ...(category && { category }), ...(service && { service }) };
}

function parseDetections(
  root: YamlMap,
  report: Report,
): { selections: ReadonlyMap<string, Detection>; condition: Condition } | undefined {
  const detection = entry(root, 'detection');
  if (!detection) return report.error(root.at, "a rule needs a 'detection'");
  const map = detection.value;
  if (map.kind !== 'map') return report.error(map.at, `'detection' is a map, not a ${map.kind}`);
  // timeframe belonged to the aggregations of Sigma 1 and selects nothing.
  const named = map.entries.filter(({ key }) => key !== 'condition' && key !== 'timeframe');
  const selections = new Map<string, Detection>();
  for (const { key, value } of named) {
    const parsed = parseDetection(value, report);
    if (parsed) selections.set(key, parsed);
  }
  const condition = parseConditions(
    { ...detection, value: map },
    named.map(({ key }) => key),
    report,
  );
  return condition && selections.size === named.length ? { selections, condition } : undefined;
}

/** A list of conditions holds when any of them does. */
function parseConditions(
  detection: YamlEntry & { value: YamlMap },
  names: readonly string[],
  report: Report,
): Condition | undefined {
  const condition = entry(detection.value, 'condition');
  if (!condition) return report.error(detection.at, "'detection' needs a 'condition'");
  const written = condition.value.kind === 'list' ? condition.value.items : [condition.value];
  if (written.length === 0) return report.error(condition.at, "'condition' is empty");
  const parsed = written.map((item) =>
    item.kind === 'scalar' && typeof item.value === 'string'
      ? parseCondition(item.value, names, (offset) => item.place(offset), report)
      : report.error(item.at, "'condition' is text or a list of texts"),
  );
  const of = parsed.filter((one) => one !== undefined);
  const [only] = of;
  if (of.length < parsed.length) return undefined;
  return of.length === 1 ? only : { kind: 'or', of };
}

function entry(map: YamlMap, key: string): YamlEntry | undefined {
  return map.entries.find((candidate) => candidate.key === key);
}

/** The text of a key; numbers as they are written, nothing when it is absent or null. */
function textOf(map: YamlMap, key: string, report: Report): string | undefined {
  const value = entry(map, key)?.value;
  if (!value) return undefined;
  if (value.kind !== 'scalar') {
    report.warning(value.at, `'${key}' should be text and is left out`);
    return undefined;
  }
  return scalarText(value);
}

/** The texts of a key that holds a list; a single text is a list of one. */
function textsOf(map: YamlMap, key: string, report: Report): readonly string[] {
  const value = entry(map, key)?.value;
  if (!value) return [];
  const items = value.kind === 'list' ? value.items : [value];
  return items.flatMap((item) => {
    if (item.kind === 'scalar') return scalarText(item) ?? [];
    report.warning(item.at, `'${key}' should hold texts, and this ${item.kind} is left out`);
    return [];
  });
}

function scalarText({ value, written }: Extract<Yaml, { kind: 'scalar' }>): string | undefined {
  if (value === null) return undefined;
  return typeof value === 'string' ? value : written;
}
