import { parseCondition } from './parse-condition.ts';
import { parseDetection } from './parse-detection.ts';
import { entry } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { Condition, Detection } from './rule.ts';
import type { YamlEntry, YamlMap } from './yaml.ts';

/** Selections by name, and the condition over them. */
export interface Selections {
  readonly selections: ReadonlyMap<string, Detection>;
  readonly condition: Condition;
}

/** Reads what `detection` of a rule or `filter` of a filter holds, without the keys in `others`. */
export function parseSelections(
  holder: YamlEntry,
  others: ReadonlySet<string>,
  report: Report,
): Selections | undefined {
  const map = holder.value;
  if (map.kind !== 'map') return report.error(map.at, `'${holder.key}' is a map, not a ${map.kind}`);
  const named = map.entries.filter(({ key }) => key !== 'condition' && !others.has(key));
  const selections = new Map<string, Detection>();
  for (const { key, value } of named) {
    const parsed = parseDetection(value, report);
    if (parsed) selections.set(key, parsed);
  }
  const names = named.map(({ key }) => key);
  const condition = parseConditions({ ...holder, value: map }, names, report);
  return condition && selections.size === named.length ? { selections, condition } : undefined;
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
