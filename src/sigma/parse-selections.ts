import { namesOf } from './condition.ts';
import { parseCondition } from './parse-condition.ts';
import { parseDetection } from './parse-detection.ts';
import type { Draft } from './parse-meta.ts';
import { createExpander } from './placeholders.ts';
import { entry } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Condition, Detection } from './rule.ts';
import type { YamlEntry, YamlMap } from './yaml.ts';

/** Selections by name, and the condition over them. */
export interface Selections {
  readonly selections: ReadonlyMap<string, Detection>;
  readonly condition: Condition;
  /** Hex SHA-256 of the document's text and of the values of placeholders that took part. */
  readonly digest: string;
}

/** Reads what `detection` of a rule or `filter` of a filter holds, without the keys in `others`. */
export function parseSelections(
  holder: YamlEntry,
  others: ReadonlySet<string>,
  { digest, placeholders }: Draft,
  report: Report,
): Selections | undefined {
  const map = holder.value;
  if (map.kind !== 'map') return report.error(map.at, `'${holder.key}' is a map, not a ${map.kind}`);
  const named = map.entries.filter(({ key }) => key !== 'condition' && !others.has(key));
  const selections = new Map<string, Detection>();
  const expander = createExpander(placeholders, report);
  for (const { key, value } of named) {
    const parsed = parseDetection(value, expander, report);
    if (parsed) selections.set(key, parsed);
  }
  const names = named.map(({ key }) => key);
  const condition = parseConditions({ ...holder, value: map }, names, report);
  if (!condition) return undefined;
  const { positive, negative } = namesOf(condition);
  for (const { key, at } of named) {
    // Names with a leading underscore may hold what is only there to be copied by YAML's anchors.
    if (positive.has(key) || negative.has(key) || key.startsWith('_')) continue;
    report.warning(at, `no condition uses the selection '${key}'`);
  }
  if (selections.size < named.length) return undefined;
  return { selections, condition, digest: expander.digestWith(digest) };
}

/** A list of conditions holds when any of them does. */
function parseConditions(
  holder: YamlEntry & { value: YamlMap },
  names: readonly string[],
  report: Report,
): Condition | undefined {
  const condition = entry(holder.value, 'condition');
  if (!condition) return report.error(holder.at, `'${holder.key}' needs a 'condition'`);
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
