import type { FieldValue } from '../model/sigma-event.ts';
import { applyModifier, type Draft } from './modifiers.ts';
import type { Report } from './report.ts';
import type { Detection, DetectionItem } from './rule.ts';
import { wildcardChars } from './text-segment.ts';
import { literalOf, open, parseText, type Value } from './value.ts';
import type { Yaml, YamlEntry, YamlScalar } from './yaml.ts';

/** Reads what stands under a selection's name; reports every problem in it and then gives undefined. */
export function parseDetection(yaml: Yaml, report: Report): Detection | undefined {
  if (yaml.kind === 'map') {
    if (yaml.entries.length === 0) return report.error(yaml.at, 'selection is empty');
    return combine(
      'all',
      yaml.entries.map((entry) => parseItem(entry, report)),
    );
  }
  if (yaml.kind === 'scalar') return parseKeywords([yaml], report);
  if (yaml.items.length === 0) return report.error(yaml.at, 'selection is empty');
  const keywords = yaml.items.filter((item) => item.kind === 'scalar');
  if (keywords.length === yaml.items.length) return parseKeywords(keywords, report);
  return combine(
    'any',
    yaml.items.map((item) => parseDetection(item, report)),
  );
}

function combine(kind: 'all' | 'any', parts: readonly (Detection | undefined)[]): Detection | undefined {
  const of = parts.filter((part) => part !== undefined);
  const [only] = of;
  if (of.length < parts.length) return undefined;
  return of.length === 1 ? only : { kind, of };
}

function parseKeywords(scalars: readonly YamlScalar[], report: Report): DetectionItem | undefined {
  const [first] = scalars;
  return first && finishItem({ field: undefined, modifiers: [], scalars, at: first.at }, report);
}

function parseItem({ key, at, place, value }: YamlEntry, report: Report): DetectionItem | undefined {
  const [field = '', ...names] = key.split('|');
  const scalars = value.kind === 'list' ? value.items : [value];
  const wrong = scalars.find((scalar) => scalar.kind !== 'scalar');
  if (wrong) return report.error(wrong.at, `'${key}' takes a value or a list of values, not a ${wrong.kind}`);
  if (scalars.length === 0) return report.error(value.at, `'${key}' has no value`);
  let offset = field.length + 1;
  const modifiers = names.map((name) => {
    const modifier = { name, at: place(offset) };
    offset += name.length + 1;
    return modifier;
  });
  const values = scalars.filter((scalar) => scalar.kind === 'scalar');
  return finishItem({ field: field || undefined, modifiers, scalars: values, at }, report);
}

interface WrittenItem {
  readonly field: string | undefined;
  readonly modifiers: readonly { readonly name: string; readonly at: DetectionItem['at'] }[];
  readonly scalars: readonly YamlScalar[];
  readonly at: DetectionItem['at'];
}

function finishItem({ field, modifiers, scalars, at }: WrittenItem, report: Report): DetectionItem | undefined {
  const draft: Draft = {
    field,
    values: scalars.map(toValue),
    written: scalars.map(({ written }) => written),
    applied: [],
  };
  for (const modifier of modifiers) {
    const problem = applyModifier(draft, modifier.name);
    if (problem) return report.error(modifier.at, problem);
  }
  const every = draft.applied.includes('all');
  if (every && scalars.length === 1) report.warning(at, "modifier 'all' has no effect on a single value");
  if (scalars.length > 1 && draft.values.some(({ kind }) => kind === 'null')) {
    report.warning(at, 'null does not belong in a list of values: other tools refuse this rule');
  }
  const values = field === undefined ? draft.values.map(toKeyword) : draft.values;
  if (values.includes(undefined)) return report.error(at, 'a keyword must be text, a number or a regular expression');
  if (values.some((value) => value && wildcardCharsOf(value) > maxWildcardChars)) {
    return report.error(at, `more than ${maxWildcardChars} characters, with '?' or a dash among them, between two '*'`);
  }
  const states = values.reduce((sum, value) => sum + (value?.kind === 'regex' ? value.regex.weight : 0), 0);
  if (states > maxRegexStates) {
    return report.error(at, `regular expressions of ${states} states together where ${maxRegexStates} are allowed`);
  }
  return {
    kind: 'item',
    field,
    every,
    negated: draft.applied.includes('neq'),
    modifiers: draft.applied,
    at,
    values: values.flatMap((value, index) => {
      const scalar = scalars[index];
      if (!value || !scalar) return [];
      const operator = operatorOf(value, draft.applied, field === undefined);
      return { value, operator, written: scalar.value as FieldValue };
    }),
  };
}

function wildcardCharsOf(value: Value): number {
  if (value.kind === 'any') return value.values.reduce((most, inner) => Math.max(most, wildcardCharsOf(inner)), 0);
  return value.kind === 'text' ? wildcardChars(value.parts) : 0;
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
