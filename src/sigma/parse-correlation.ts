import { didYouMean } from '../text/nearest.ts';
import { type Alternative, alternatives, maxAlternatives } from './alternatives.ts';
import { parseCondition } from './parse-condition.ts';
import { type Draft, parseBase } from './parse-meta.ts';
import { parseThreshold } from './parse-threshold.ts';
import { entry, maxNames, namesOf, scalarText } from './read-yaml.ts';
import type { Report } from './report.ts';
import { type Alias, type Correlation, type CorrelationType, correlationTypes, type Reference } from './rule.ts';
import type { YamlEntry, YamlMap, YamlScalar } from './yaml.ts';

/** @see sigma-correlation-rules-specification.md */
export function parseCorrelation(draft: Draft, report: Report): Correlation | undefined {
  const { root } = draft;
  const holder = entry(root, 'correlation');
  if (holder?.value.kind !== 'map') return report.error(holder?.value.at ?? root.at, "'correlation' is a map");
  const map = holder.value;
  const base = parseBase(draft, {}, report);
  const hasOnlyKnownKeys = checkKeys(map, report);
  const type = parseType(map, report);
  const timespanMs = parseTimespan(map, report);
  const generate = parseGenerate(map, report);
  const groups = namesOf(map, 'group-by', report);
  const groupBy = groups?.map(({ name }) => name);
  const parsed = type && parseRules(map, type, report);
  const aliases = parseAliases(map, groupBy ?? [], report);
  if (!base || !hasOnlyKnownKeys || !type || !parsed || !timespanMs) return undefined;
  if (generate === undefined || !groups || !groupBy || !aliases) return undefined;
  const groupByAt = groups.map(({ at }) => at);
  return { kind: 'correlation', ...base, type, ...parsed, groupBy, groupByAt, timespanMs, aliases, generate };
}

const knownKeys = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate'];

function checkKeys(map: YamlMap, report: Report): boolean {
  const unknown = map.entries.filter(({ key }) => !knownKeys.includes(key));
  for (const { key, at } of unknown) {
    const hint = key === 'timeframe' ? " (did you mean 'timespan'?)" : didYouMean(key, knownKeys);
    report.error(at, `'correlation' has no key '${key}'${hint}`);
  }
  return unknown.length === 0;
}

function parseType(map: YamlMap, report: Report): CorrelationType | undefined {
  const type = entry(map, 'type')?.value;
  const written = type?.kind === 'scalar' ? scalarText(type) : undefined;
  if (!type || !written) {
    return report.error(type?.at ?? map.at, `'correlation' needs a 'type': ${correlationTypes.join(', ')}`);
  }
  const known = correlationTypes.find((candidate) => candidate === written.toLowerCase());
  const hint = didYouMean(written, correlationTypes) || `: ${correlationTypes.join(', ')}`;
  return known ?? report.error(type.at, `unknown correlation type '${written}'${hint}`);
}

/** @returns milliseconds */
function parseTimespan(map: YamlMap, report: Report): number | undefined {
  const timespan = entry(map, 'timespan')?.value;
  if (!timespan) return report.error(map.at, "'correlation' needs a 'timespan', such as 5m");
  const written = (timespan.kind === 'scalar' && scalarText(timespan)) || '';
  const [, count, unit] = /^(\d+)([smhdwMy])$/.exec(written) ?? [];
  const ms = Number(count) * (unitSeconds.get(unit ?? '') ?? 0) * 1000;
  if (ms > 0 && ms <= Number.MAX_SAFE_INTEGER) return ms;
  return report.error(
    timespan.at,
    `'timespan' is a number above 0 and one of s, m, h, d, w, M and y, such as 5m, and not '${written}'`,
  );
}

/** A month and a year are those of the Gregorian calendar on average, as in pySigma. */
const unitSeconds: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
  ['M', 2_629_746],
  ['y', 31_556_952],
]);

function parseGenerate(map: YamlMap, report: Report): boolean | undefined {
  const generate = entry(map, 'generate')?.value;
  if (!generate || (generate.kind === 'scalar' && generate.value === null)) return false;
  if (generate.kind === 'scalar' && typeof generate.value === 'boolean') return generate.value;
  return report.error(generate.at, "'generate' is true or false");
}

/** The rules and the condition over them, which names them where `rules` is left out. */
function parseRules(
  map: YamlMap,
  type: CorrelationType,
  report: Report,
): Pick<Correlation, 'rules' | 'condition'> | undefined {
  const rules = namesOf(map, 'rules', report)?.map(({ name, at }): Reference => ({ to: name, at }));
  if (!rules) return undefined;
  const condition = entry(map, 'condition');
  const value = condition?.value;
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  if (value?.kind === 'scalar' && typeof value.value === 'string') {
    if (isTemporal) return parseExpression(value.value, value, rules, report);
    return report.error(
      value.at,
      `the condition of ${type} is a map such as 'gte: 5'; an expression over rules belongs to temporal and temporal_ordered`,
    );
  }
  if (rules.length === 0) {
    return report.error(entry(map, 'rules')?.at ?? map.at, "'correlation' needs 'rules': a list of rule ids or names");
  }
  const threshold = parseThreshold(condition ?? map, type, rules.length, report);
  return threshold && { rules, condition: threshold };
}

/** @see the specification's SEP 198: `rules` may be left out */
function parseExpression(
  text: string,
  { place }: YamlScalar,
  listed: readonly Reference[],
  report: Report,
): Pick<Correlation, 'rules' | 'condition'> | undefined {
  const named = namesIn(text).map(({ to, offset }): Reference => ({ to, at: place(offset) }));
  const rules = listed.length > 0 ? listed : named;
  if (rules.length > maxNames) return report.error(place(0), `condition: names more than ${maxNames} rules`);
  const names = [...new Set(rules.map(({ to }) => to))];
  const of = parseCondition(text, names, place, report);
  if (!of) return undefined;
  const used = new Set(named.map(({ to }) => to));
  const hasPattern = /(^|[\s(])(1|any|all)\s+of\s/i.test(text);
  const unused = hasPattern ? undefined : listed.find(({ to }) => !used.has(to));
  if (unused) return report.error(unused.at, `the condition does not say what '${unused.to}' is for`);
  const ways = alternatives(of, true);
  if (ways.length > maxAlternatives) {
    return report.error(
      place(0),
      `condition: it can hold in more than ${maxAlternatives} ways, write several correlations`,
    );
  }
  if (!ways.some((way) => isPossible(way, names))) {
    return report.error(
      place(0),
      'this condition can never hold: an event counts when one of the rules has matched it',
    );
  }
  return { rules, condition: { kind: 'expression', of } };
}

function isPossible({ needs, lacks }: Alternative, names: readonly string[]): boolean {
  return ![...needs].some((name) => lacks.has(name)) && names.some((name) => !lacks.has(name));
}

/** Words of an expression that are no operators, each once. */
function namesIn(text: string): readonly { readonly to: string; readonly offset: number }[] {
  const found = new Map<string, number>();
  for (const { 0: word, index } of text.matchAll(/[^\s()]+/g)) {
    if (!/^(and|or|not)$/i.test(word) && !found.has(word)) found.set(word, index);
  }
  return [...found].map(([to, offset]) => ({ to, offset }));
}

function parseAliases(map: YamlMap, groupBy: readonly string[], report: Report): readonly Alias[] | undefined {
  const aliases = entry(map, 'aliases')?.value;
  if (!aliases || (aliases.kind === 'scalar' && aliases.value === null)) return [];
  if (aliases.kind !== 'map') return report.error(aliases.at, "'aliases' is a map of maps: alias, rule, field");
  if (aliases.entries.length > maxNames) return report.error(aliases.at, `'aliases' holds more than ${maxNames} names`);
  const parsed = aliases.entries.map((alias) => {
    if (!groupBy.includes(alias.key)) {
      report.warning(alias.at, `no 'group-by' names the alias '${alias.key}'${didYouMean(alias.key, groupBy)}`);
    }
    return parseAlias(alias, report);
  });
  const whole = parsed.filter((alias) => alias !== undefined);
  return whole.length === parsed.length ? whole : undefined;
}

function parseAlias({ key, value }: YamlEntry, report: Report): Alias | undefined {
  if (value.kind !== 'map') return report.error(value.at, `alias '${key}' is a map of rules and their fields`);
  if (value.entries.length > maxNames)
    return report.error(value.at, `alias '${key}' names more than ${maxNames} rules`);
  const fields = value.entries.flatMap((mapping) => {
    const field = mapping.value.kind === 'scalar' ? scalarText(mapping.value) : undefined;
    if (field) return { rule: { to: mapping.key, at: mapping.at }, field };
    report.error(mapping.value.at, `alias '${key}' needs the name of a field of '${mapping.key}'`);
    return [];
  });
  return fields.length === value.entries.length ? { name: key, fields } : undefined;
}
