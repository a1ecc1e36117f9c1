import type { Location } from '../model/rule.ts';
import type { FieldValue, Logsource } from '../model/sigma-event.ts';
import { didYouMean } from '../text/nearest.ts';
import { parseTimestamp } from '../text/rfc3339.ts';
import { entry, textOf, textsOf } from './read-yaml.ts';
import type { Report } from './report.ts';
import { readYaml, type Yaml, type YamlMap } from './yaml.ts';

/** One case of a rule: what happens, and whether the rule must match. */
export interface Sample {
  /** As the file calls it, or its number. */
  readonly name: string;
  readonly at: Location;
  readonly mustMatch: boolean;
  /** Id or name of the rule that is meant; undefined where the file of rules leaves no choice. */
  readonly rule: string | undefined;
  /** Text of an audit log, for the whole pipeline; or events as they reach the rules, one after the other. */
  readonly given: { readonly audit: string } | { readonly events: readonly SampleEvent[] };
}

export interface SampleEvent {
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly message: string | undefined;
  readonly argv: readonly string[] | undefined;
  /** The rule's own where it is undefined. */
  readonly logsource: Logsource | undefined;
  readonly timestampMs: number | undefined;
}

/** Reads a file of samples: lists under `matches` and `misses`. What is wrong goes to the report, and is left out. */
export function parseSamples(text: string, path: string, report: Report): readonly Sample[] {
  const documents = readYaml(text, path, report);
  if (documents.length === 0 && report.problems.length === 0) {
    report.error({ path, line: 1, column: 1 }, 'the file holds no samples');
  }
  return documents.flatMap(({ root }) => parseFile(root, report));
}

function parseFile(root: Yaml, report: Report): readonly Sample[] {
  if (root.kind !== 'map') {
    report.error(root.at, `samples are a map with 'matches' and 'misses', not a ${root.kind}`);
    return [];
  }
  checkKeys(root, ['rule', 'matches', 'misses'], report);
  const rule = textOf(root, 'rule', report);
  return [
    ...listOf(root, 'matches', report).flatMap((item, index) => parseSample(item, index, true, rule, report) ?? []),
    ...listOf(root, 'misses', report).flatMap((item, index) => parseSample(item, index, false, rule, report) ?? []),
  ];
}

function parseSample(
  item: Yaml,
  index: number,
  mustMatch: boolean,
  fileRule: string | undefined,
  report: Report,
): Sample | undefined {
  if (item.kind !== 'map') return report.error(item.at, `a sample is a map, not a ${item.kind}`);
  const name = textOf(item, 'name', report) ?? `${mustMatch ? 'matches' : 'misses'} ${index + 1}`;
  const rule = textOf(item, 'rule', report) ?? fileRule;
  const given = parseGiven(item, report);
  return given && { name, at: item.at, mustMatch, rule, given };
}

function parseGiven(item: YamlMap, report: Report): Sample['given'] | undefined {
  const about = ['name', 'rule'];
  if (entry(item, 'audit')) {
    checkKeys(item, [...about, 'audit'], report);
    const audit = textOf(item, 'audit', report);
    return audit ? { audit } : report.error(item.at, "'audit' holds lines of an audit log");
  }
  if (entry(item, 'events')) {
    checkKeys(item, [...about, 'events'], report);
    const events = listOf(item, 'events', report).flatMap((event) =>
      event.kind === 'map'
        ? (parseEvent(event, [], report) ?? [])
        : (report.error(event.at, 'an event is a map') ?? []),
    );
    return events.length > 0 ? { events } : undefined;
  }
  const event = parseEvent(item, about, report);
  return event && { events: [event] };
}

function parseEvent(map: YamlMap, about: readonly string[], report: Report): SampleEvent | undefined {
  checkKeys(map, [...about, 'fields', 'message', 'argv', 'logsource', 'timestamp'], report);
  const message = textOf(map, 'message', report);
  const fields = entry(map, 'fields')?.value;
  if (!fields && message === undefined) {
    return report.error(map.at, "a sample needs 'fields', 'message', 'audit' or 'events'");
  }
  if (fields && fields.kind !== 'map') return report.error(fields.at, `'fields' is a map, not a ${fields.kind}`);
  const written = entry(map, 'timestamp');
  const timestamp = textOf(map, 'timestamp', report);
  const timestampMs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  if (written && timestampMs === undefined) {
    return report.error(written.value.at, "'timestamp' is no date and time such as 2026-11-24T03:11:33Z");
  }
  return {
    fields: Object.fromEntries((fields?.entries ?? []).map(({ key, value }) => [key, plain(value)])),
    message,
    argv: entry(map, 'argv') && textsOf(map, 'argv', report),
    logsource: parseEventLogsource(map, report),
    timestampMs,
  };
}

function parseEventLogsource(map: YamlMap, report: Report): Logsource | undefined {
  const logsource = entry(map, 'logsource')?.value;
  if (!logsource) return undefined;
  if (logsource.kind !== 'map') return report.error(logsource.at, `'logsource' is a map, not a ${logsource.kind}`);
  checkKeys(logsource, ['product', 'category', 'service'], report);
  const dimensions = ['product', 'category', 'service'].map((name) => [name, textOf(logsource, name, report)]);
  return Object.fromEntries(dimensions.filter(([, value]) => value !== undefined));
}

function listOf(map: YamlMap, key: string, report: Report): readonly Yaml[] {
  const value = entry(map, key)?.value;
  if (!value || (value.kind === 'scalar' && value.value === null)) return [];
  if (value.kind === 'list') return value.items;
  report.error(value.at, `'${key}' is a list, not a ${value.kind}`);
  return [];
}

function checkKeys(map: YamlMap, known: readonly string[], report: Report): void {
  for (const { key, at } of map.entries) {
    if (!known.includes(key))
      report.error(at, `unknown key '${key}'${didYouMean(key, known) || `: ${known.join(', ')}`}`);
  }
}

function plain(yaml: Yaml): FieldValue {
  if (yaml.kind === 'scalar') return yaml.value;
  if (yaml.kind === 'list') return yaml.items.map(plain);
  return JSON.stringify(Object.fromEntries(yaml.entries.map(({ key, value }) => [key, plain(value)])));
}
