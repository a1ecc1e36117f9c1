import type { FieldValue } from '../model/sigma-event.ts';
import { canBe } from './date.ts';
import { applyModifier, type Draft } from './modifiers.ts';
import type { Expander, Spelling } from './placeholders.ts';
import type { Report } from './report.ts';
import type { Detection, DetectionItem } from './rule.ts';
import { wildcardChars } from './text-segment.ts';
import { literalOf, open, parseText, type Value } from './value.ts';
import type { Yaml, YamlEntry, YamlScalar } from './yaml.ts';

/** Reads what stands under a selection's name; reports every problem in it and then gives undefined. */
export function parseDetection(yaml: Yaml, expander: Expander, report: Report): Detection | undefined {
  if (yaml.kind === 'map') {
    if (yaml.entries.length === 0) return report.error(yaml.at, 'selection is empty');
    return combine(
      'all',
      yaml.entries.map((entry) => parseItem(entry, expander, report)),
    );
  }
  if (yaml.kind === 'scalar') return parseKeywords([yaml], expander, report);
  if (yaml.items.length === 0) return report.error(yaml.at, 'selection is empty');
  const keywords = yaml.items.filter((item) => item.kind === 'scalar');
  if (keywords.length === yaml.items.length) return parseKeywords(keywords, expander, report);
  return combine(
    'any',
    yaml.items.map((item) => parseDetection(item, expander, report)),
  );
}

function combine(kind: 'all' | 'any', parts: readonly (Detection | undefined)[]): Detection | undefined {
  const of = parts.filter((part) => part !== undefined);
  const [only] = of;
  if (of.length < parts.length) return undefined;
  return of.length === 1 ? only : { kind, of };
}

function parseKeywords(scalars: readonly YamlScalar[], expander: Expander, report: Report): DetectionItem | undefined {
  const [first] = scalars;
  return first && finishItem({ field: undefined, modifiers: [], scalars, at: first.at }, expander, report);
}

function parseItem(
  { key, at, place, value }: YamlEntry,
  expander: Expander,
  report: Report,
): DetectionItem | undefined {
  const [field = '', ...names] = key.split('|');
  const scalars = value.kind === 'list' ? value.items : [value];
  const wrong = scalars.find((scalar) => scalar.kind !== 'scalar');
  if (wrong) return report.error(wrong.at, `'${key}' takes a value or a list of values, not a ${wrong.kind}`);
  if (scalars.length === 0) return report.error(value.at, `'${key}' has no value; a field that is missing is null`);
  let offset = field.length + 1;
  const modifiers = names.map((name) => {
    const modifier = { name, at: place(offset) };
    offset += name.length + 1;
    return modifier;
  });
  const values = scalars.filter((scalar) => scalar.kind === 'scalar');
  return finishItem({ field: field || undefined, modifiers, scalars: values, at }, expander, report);
}

interface WrittenItem {
  readonly field: string | undefined;
  readonly modifiers: readonly { readonly name: string; readonly at: DetectionItem['at'] }[];
  readonly scalars: readonly YamlScalar[];
  readonly at: DetectionItem['at'];
}

function finishItem(
  { field, modifiers, scalars, at }: WrittenItem,
  expander: Expander,
  report: Report,
): DetectionItem | undefined {
  const spellings = spell(
    scalars,
    modifiers.map(({ name }) => name),
    expander,
  );
  if (!spellings) return undefined;
  const draft: Draft = {
    field,
    values: spellings.flat().map(({ value }) => value),
    written: spellings.flat().map(({ written }) => written),
    applied: [],
    doubts: [],
  };
  for (const modifier of modifiers) {
    const problem = applyModifier(draft, modifier.name);
    if (problem) return report.error(modifier.at, problem);
    for (const doubt of draft.doubts.splice(0)) report.warning(modifier.at, doubt);
  }
  const values = field === undefined ? draft.values.map(toKeyword) : draft.values;
  const whole = values.filter((value) => value !== undefined);
  if (whole.length < values.length) {
    return report.error(at, 'a keyword must be text, a number or a regular expression');
  }
  if (whole.some((value) => wildcardCharsOf(value) > maxWildcardChars)) {
    return report.error(at, `more than ${maxWildcardChars} characters, with '?' or a dash among them, between two '*'`);
  }
  const states = whole.reduce((sum, value) => sum + regexStatesOf(value), 0);
  if (states > maxRegexStates) {
    return report.error(at, `regular expressions of ${states} states together where ${maxRegexStates} are allowed`);
  }
  const item: DetectionItem = {
    kind: 'item',
    field,
    every: draft.applied.includes('all'),
    negated: draft.applied.includes('neq'),
    modifiers: draft.applied,
    at,
    values: regroup(whole, spellings).flatMap((value, index) => {
      const written = scalars[index]?.value as FieldValue;
      return { value, operator: operatorOf(value, draft.applied, field === undefined), written };
    }),
  };
  doubt(item, scalars, report);
  return item;
}

/** For each written value, what it stands for: itself, or with placeholders all that they make of it. */
function spell(
  scalars: readonly YamlScalar[],
  modifiers: readonly string[],
  expander: Expander,
): readonly (readonly Spelling[])[] | undefined {
  const isPattern = modifiers.includes('re');
  const expanded = scalars.map((scalar) =>
    modifiers.includes('expand') && typeof scalar.value === 'string'
      ? expander.expand({ ...scalar, value: scalar.value }, isPattern)
      : [{ value: toValue(scalar), written: scalar.written }],
  );
  const spellings = expanded.filter((spelling) => spelling !== undefined);
  return spellings.length === expanded.length ? spellings : undefined;
}

/** One value for each written one again. */
function regroup(values: readonly Value[], spellings: readonly (readonly Spelling[])[]): readonly Value[] {
  let from = 0;
  return spellings.flatMap(({ length }): Value[] => {
    const group = values.slice(from, from + length);
    from += length;
    return length === 1 ? group : [{ kind: 'any', values: group }];
  });
}

/** Warns of what is read without trouble and hardly meant. */
function doubt({ field, every, values, at }: DetectionItem, scalars: readonly YamlScalar[], report: Report): void {
  if (every && scalars.length === 1) report.warning(at, "modifier 'all' has no effect on a single value");
  for (const [index, { value, written }] of values.entries()) {
    const place = scalars[index]?.at ?? at;
    if (value.kind === 'null' && values.length > 1) {
      report.warning(place, 'null does not belong in a list of values; some tools refuse such a rule');
    } else if (value.kind === 'date' && value.operator === 'eq' && !canBe(value.part, value.number)) {
      report.warning(place, `no date has the ${value.part} ${value.number}, so this never holds`);
    } else if (field === undefined && written === '') {
      report.warning(place, 'an empty keyword is found in every message');
    }
  }
}

function wildcardCharsOf(value: Value): number {
  if (value.kind === 'any') return value.values.reduce((most, inner) => Math.max(most, wildcardCharsOf(inner)), 0);
  return value.kind === 'text' ? wildcardChars(value.parts) : 0;
}

function regexStatesOf(value: Value): number {
  if (value.kind === 'any') return value.values.reduce((sum, inner) => sum + regexStatesOf(inner), 0);
  return value.kind === 'regex' ? value.regex.weight : 0;
}

/** With so many, a text of 2 MiB takes some tens of milliseconds. */
const maxWildcardChars = 1000;
/** Some dozen bytes each. */
const maxRegexStates = 1_000_000;

function toValue({ value, written }: YamlScalar): Value {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'boolean') return { kind: 'boolean', boolean: value };
  return typeof value === 'number' ? { kind: 'number', number: value, written } : parseText(value);
}

/** Keywords are searched for anywhere in the message. */
function toKeyword(value: Value): Value | undefined {
  switch (value.kind) {
    case 'text':
      return open(value, { start: true, end: true });
    case 'number':
      return open(parseText(value.written), { start: true, end: true });
    case 'boolean':
      return open(parseText(String(value.boolean)), { start: true, end: true });
    case 'regex':
      return value;
    case 'any': {
      const values = value.values.map(toKeyword).filter((keyword) => keyword !== undefined);
      return values.length === value.values.length ? { kind: 'any', values } : undefined;
    }
    default:
      return undefined;
  }
}

const textOperators: readonly (readonly [modifier: string, operator: string])[] = [
  ['contains', 'contains'],
  ['startswith', 'starts_with'],
  ['endswith', 'ends_with'],
];

function operatorOf(value: Value, modifiers: readonly string[], isKeyword: boolean): string {
  switch (value.kind) {
    case 'compare':
      return value.operator;
    case 'date':
      return value.operator === 'eq' ? 'equals' : value.operator;
    case 'number':
    case 'boolean':
      return 'equals';
    case 'any':
      return value.values[0] ? operatorOf(value.values[0], modifiers, isKeyword) : 'equals';
    case 'text': {
      const named = textOperators.find(([modifier]) => modifiers.includes(modifier))?.[1];
      if (named) return named;
      if (isKeyword) return 'contains';
      return literalOf(value) === undefined ? 'wildcard' : 'equals';
    }
    default:
      return value.kind;
  }
}
