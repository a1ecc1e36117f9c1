import { didYouMean } from '../text/nearest.ts';
import { encodeBase64, encodeUtf16, shiftedBase64, windash } from './encode.ts';
import { parseNetwork } from './network.ts';
import { compileRegex } from './regex.ts';
import { type Comparison, literalOf, open, parseText, type TextValue, type Value } from './value.ts';

/** An item while its modifiers are being applied, in the order in which the rule writes them. */
export interface Draft {
  readonly field: string | undefined;
  values: Value[];
  /** The text of each value as the rule writes it. */
  readonly written: readonly string[];
  /** Names of the modifiers before this one. */
  readonly applied: string[];
}

/** Applies the modifier `name`; gives what is wrong, if anything. */
export function applyModifier(draft: Draft, name: string): string | undefined {
  const modifier = modifiers.get(name);
  if (!modifier) return `unknown modifier '${name}'${didYouMean(name, modifiers.keys())}`;
  const problem = modifier(draft);
  draft.applied.push(name);
  return problem && `modifier '${name}' ${problem}`;
}

type Modifier = (draft: Draft) => string | undefined;

/** To add a modifier, add its line. */
const modifiers: ReadonlyMap<string, Modifier> = new Map<string, Modifier>([
  ['all', mark],
  ['neq', mark],
  ['contains', anchor({ start: true, end: true })],
  ['startswith', anchor({ start: false, end: true })],
  ['endswith', anchor({ start: true, end: false })],
  ['cased', onText((text) => ({ ...text, cased: true }))],
  ['windash', onText(windash)],
  ['wide', onText((text) => encodeUtf16(text, 'le'))],
  ['utf16le', onText((text) => encodeUtf16(text, 'le'))],
  ['utf16be', onText((text) => encodeUtf16(text, 'be'))],
  ['utf16', onText((text) => encodeUtf16(text, 'bom'))],
  ['base64', onText(encodeBase64)],
  ['base64offset', onText(shiftedBase64)],
  ['re', onWritten(regex)],
  ['i', onRegex('i')],
  ['m', onRegex('m')],
  ['s', onRegex('s')],
  ['cidr', onWritten(network)],
  ['exists', exists],
  ['fieldref', onText(fieldReference)],
  ['lt', compare('lt')],
  ['lte', compare('lte')],
  ['gt', compare('gt')],
  ['gte', compare('gte')],
  ['expand', () => 'is not supported yet: placeholders have no values here'],
  ...['minute', 'hour', 'day', 'week', 'month', 'year'].map((part): [string, Modifier] => [
    part,
    () => 'is not supported yet',
  ]),
]);

/** Says something about the item as a whole; whoever finishes the item finds it among those applied. */
function mark(): undefined {
  return undefined;
}

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
    return value.kind === 'null' ? 'needs text, not null' : `cannot follow a modifier that gives a ${value.kind}`;
  };
  return onValue(changeValue);
}

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

function comesFirst({ applied }: Draft): boolean {
  return applied.every((name) => name === 'all' || name === 'neq');
}

function anchor({ start, end }: { start: boolean; end: boolean }): Modifier {
  const toText = onText((text) => open(text, { start, end }));
  return (draft) =>
    draft.values.some(({ kind }) => kind === 'fieldref')
      ? onValue((value) => (value.kind === 'fieldref' ? { ...value, starts: end, ends: start } : 'needs field names'))(
          draft,
        )
      : toText(draft);
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
    value.kind === 'boolean' ? { kind: 'exists', present: value.boolean } : 'needs true or false',
  )(draft);
}

function fieldReference(text: TextValue): Value | string {
  const field = literalOf(text);
  return field ? { kind: 'fieldref', field, starts: false, ends: false } : 'needs a field name without wildcards';
}

function compare(operator: Comparison['operator']): Modifier {
  return onValue((value) =>
    value.kind === 'number' ? { kind: 'compare', operator, number: value.number } : 'needs a number',
  );
}
