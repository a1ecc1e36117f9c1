import { compileRegex } from '../regex/regex.ts';
import { didYouMean } from '../text/nearest.ts';
import { type DatePart, dateParts } from './date.ts';
import { encodeBase64, encodeUtf16, shiftedBase64, windash } from './encode.ts';
import { parseNetwork } from './network.ts';
import { decimal, literalOf, type Operator, open, parseText, type TextValue, type Value } from './value.ts';

/** An item while its modifiers are being applied, in the order in which the rule writes them. */
export interface Draft {
  readonly field: string | undefined;
  values: Value[];
  /** The text of each value as the rule writes it. */
  readonly written: readonly string[];
  /** Names of the modifiers before this one. */
  readonly applied: string[];
  /** What is doubtful, but no error. */
  readonly doubts: string[];
}

/** Applies the modifier `name`; gives what is wrong, if anything. */
export function applyModifier(draft: Draft, name: string): string | undefined {
  const modifier = modifiers.get(name);
  if (!modifier) {
    return name === ''
      ? "a modifier is missing behind '|'"
      : `unknown modifier '${name}'${didYouMean(name, modifiers.keys())}`;
  }
  if (draft.applied.includes(name) && !repeatable.has(name)) draft.doubts.push(`modifier '${name}' is there twice`);
  const problem = modifier(draft);
  draft.applied.push(name);
  return problem && `modifier '${name}' ${problem}`;
}

type Modifier = (draft: Draft) => string | undefined;

/** To add a modifier, add its line. */
const modifiers: ReadonlyMap<string, Modifier> = new Map<string, Modifier>([
  ['all', mark],
  ['neq', mark],
  ['expand', mark],
  ['contains', anchor('contains', { start: true, end: true })],
  ['startswith', anchor('startswith', { start: false, end: true })],
  ['endswith', anchor('endswith', { start: true, end: false })],
  ['cased', cased],
  ['windash', onText(windash)],
  ['wide', onText((text) => encodeUtf16(text, 'le'))],
  ['utf16le', onText((text) => encodeUtf16(text, 'le'))],
  ['utf16be', onText((text) => encodeUtf16(text, 'be'))],
  ['utf16', onText((text) => encodeUtf16(text, 'bom'))],
  ['base64', onText(encodeBase64)],
  ['base64offset', onText(shiftedBase64)],
  ['re', onWritten(regex)],
  ['i', onRegex('i')],
  ['ignorecase', onRegex('i')],
  ['m', onRegex('m')],
  ['multiline', onRegex('m')],
  ['s', onRegex('s')],
  ['dotall', onRegex('s')],
  ['cidr', onWritten(network)],
  ['exists', exists],
  ['fieldref', onText(fieldReference)],
  ['lt', compare('lt')],
  ['lte', compare('lte')],
  ['gt', compare('gt')],
  ['gte', compare('gte')],
  ...dateParts.map((part): [string, Modifier] => [part, datePart(part)]),
]);

/** Says something about the item as a whole: whoever reads and finishes the item looks for it. */
function mark(): undefined {
  return undefined;
}

/** Text may be encoded again and again. */
const repeatable: ReadonlySet<string> = new Set(['base64', 'base64offset']);

/** Changes every value, or says what is wrong with one. */
function onValue(change: (value: Value, written: string) => Value | string): Modifier {
  return (draft) => {
    const changed: Value[] = [];
    for (const [index, value] of draft.values.entries()) {
      const next = change(value, draft.written[index] ?? '');
      if (typeof next === 'string') return next;
      changed.push(next);
    }
    draft.values = changed;
    return undefined;
  };
}

/** Numbers and booleans are taken as the text they were written as; an expansion is changed value by value. */
function onText(change: (text: TextValue) => Value | string): Modifier {
  const changeValue = (value: Value, written: string): Value | string => {
    if (value.kind === 'text') return change(value);
    if (value.kind === 'number' || value.kind === 'boolean') return change(parseText(written));
    if (value.kind === 'any') return eachOf(value.values, (inner) => changeValue(inner, written));
    return value.kind === 'null' ? 'needs text, not null' : `cannot follow ${givers[value.kind]}`;
  };
  return onValue(changeValue);
}

/** The modifiers after which a value is no text any more. */
const givers: Readonly<Record<Exclude<Value['kind'], 'text' | 'number' | 'boolean' | 'null' | 'any'>, string>> = {
  exists: "'exists'",
  regex: "'re'",
  cidr: "'cidr'",
  compare: 'a comparison',
  date: 'a part of a date',
  fieldref: "'fieldref'",
};

function eachOf(values: readonly Value[], change: (value: Value) => Value | string): Value | string {
  const changed: Value[] = [];
  for (const value of values) {
    const next = change(value);
    if (typeof next === 'string') return next;
    changed.push(next);
  }
  return { kind: 'any', values: changed };
}

/** For values that are no Sigma text: backslashes and stars in them are their own. */
function onWritten(change: (written: string) => Value | string): Modifier {
  const modifier = onValue((value, written) => (value.kind === 'null' ? 'needs text, not null' : change(written)));
  return (draft) => (comesFirst(draft) ? modifier(draft) : 'must be the first modifier');
}

/** Whether nothing has changed the values before. */
function comesFirst({ applied }: Draft): boolean {
  return applied.every((name) => name === 'all' || name === 'neq' || name === 'expand');
}

/** Of the three anchors a value can have one. */
function anchor(name: string, { start, end }: { start: boolean; end: boolean }): Modifier {
  const toText = onText((text) => open(text, { start, end }));
  const toReference = onValue((value) =>
    value.kind === 'fieldref' ? { ...value, starts: end, ends: start } : 'needs field names',
  );
  return (draft) => {
    const other = draft.applied.find((before) => before !== name && anchors.has(before));
    if (other) return `contradicts '${other}'; to ask for both, write two items`;
    if (draft.values.some(({ kind }) => kind === 'fieldref')) return toReference(draft);
    if (!draft.values.some(({ kind }) => kind === 'regex')) return toText(draft);
    // The specification's tool surrounds the expression by '.*', which changes nothing about what a search finds.
    if (name !== 'contains') {
      draft.doubts.push(`modifier '${name}' changes nothing behind 're', which searches anywhere; write '^' or '$'`);
    }
    return undefined;
  };
}

const anchors: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);

function cased(draft: Draft): string | undefined {
  if (draft.values.some(({ kind }) => kind === 'regex')) return "is not needed behind 're', which compares with case";
  if (!draft.values.some(({ kind }) => kind === 'fieldref')) return onText((text) => ({ ...text, cased: true }))(draft);
  return onValue((value) => (value.kind === 'fieldref' ? { ...value, cased: true } : 'needs field names'))(draft);
}

function regex(written: string): Value | string {
  const compiled = compileRegex(written, '');
  return typeof compiled === 'string' ? `cannot be used: ${compiled}` : { kind: 'regex', regex: compiled };
}

function onRegex(flag: 'i' | 'm' | 's'): Modifier {
  return onValue((value) => {
    if (value.kind !== 'regex') return "must follow 're'";
    const compiled = compileRegex(value.regex.pattern, value.regex.flags + flag);
    return typeof compiled === 'string' ? `cannot be used: ${compiled}` : { kind: 'regex', regex: compiled };
  });
}

function network(written: string): Value | string {
  const parsed = parseNetwork(written);
  return typeof parsed === 'string' ? `cannot be used: ${parsed}` : { kind: 'cidr', network: parsed };
}

function exists(draft: Draft): string | undefined {
  if (draft.field === undefined) return 'needs a field';
  if (!comesFirst(draft)) return 'must be the first modifier';
  return onValue((value) =>
    value.kind === 'boolean' ? { kind: 'exists', present: value.boolean } : 'needs true or false, without quotes',
  )(draft);
}

function fieldReference(text: TextValue): Value | string {
  const field = literalOf(text);
  if (!field) return 'needs a field name without wildcards';
  return { kind: 'fieldref', field, starts: false, ends: false, cased: text.cased };
}

function compare(operator: Operator): Modifier {
  return onValue((value) => {
    if (value.kind === 'number') return { kind: 'compare', operator, number: value.number };
    if (value.kind === 'date' && value.operator === 'eq') return { ...value, operator };
    return value.kind === 'compare' || value.kind === 'date' ? 'cannot follow another comparison' : needsNumber(value);
  });
}

function datePart(part: DatePart): Modifier {
  return onValue((value) =>
    value.kind === 'number' ? { kind: 'date', part, operator: 'eq', number: value.number } : needsNumber(value),
  );
}

function needsNumber(value: Value): string {
  const text = value.kind === 'text' ? literalOf(value) : undefined;
  if (text !== undefined && decimal(text) !== undefined) return `needs a number: write ${text} without quotes`;
  if (value.kind === 'compare') return 'must come before the comparison';
  return value.kind === 'date' ? 'cannot follow a part of a date' : 'needs a number';
}
