import type { Condition, Detection, DetectionItem, Rule } from '../../src/sigma/rule.ts';
import { dash, many, type Part, type Value } from '../../src/sigma/value.ts';

/** Texts for fields, and for the message under '', that satisfy what a rule asks for; perhaps not what it excludes. */
export type Assignment = ReadonlyMap<string, string>;

/** The values that one field, or the message, has to have all at once. */
type Wishes = ReadonlyMap<string, readonly Value[]>;

/** Ways to satisfy a rule, one for each choice among its alternatives. */
export function* assignmentsFor({ condition, selections }: Rule): Generator<Assignment> {
  for (const wishes of ofCondition(condition, selections)) {
    yield new Map([...wishes].map(([field, values]) => [field, textFor(values)]));
  }
}

const nothing: Wishes = new Map();

function* ofCondition(node: Condition, selections: Rule['selections']): Generator<Wishes> {
  const named = (name: string) => () => ofDetection(selections.get(name));
  switch (node.kind) {
    case 'and':
      return yield* all(node.of.map((of) => () => ofCondition(of, selections)));
    case 'or':
      return yield* any(node.of.map((of) => () => ofCondition(of, selections)));
    case 'not':
      return yield nothing;
    case 'selection':
      return yield* named(node.name)();
    case 'quantifier':
      return yield* (node.count === 'all' ? all : any)(node.names.map(named));
  }
}

function* ofDetection(detection: Detection | undefined): Generator<Wishes> {
  if (!detection) return;
  if (detection.kind === 'item') yield* ofItem(detection);
  else yield* (detection.kind === 'all' ? all : any)(detection.of.map((of) => () => ofDetection(of)));
}

function* ofItem({ field = '', every, values }: DetectionItem): Generator<Wishes> {
  if (every) yield new Map([[field, values.map(({ value }) => value)]]);
  else for (const { value } of values) yield new Map([[field, [value]]]);
}

type Ways = () => Generator<Wishes>;

function* any(ways: readonly Ways[]): Generator<Wishes> {
  for (const way of ways) yield* way();
}

function* all([first, ...others]: readonly Ways[]): Generator<Wishes> {
  if (!first) return yield nothing;
  for (const some of first()) {
    for (const rest of all(others)) {
      const joined = new Map(some);
      for (const [field, values] of rest) joined.set(field, [...(joined.get(field) ?? []), ...values]);
      yield joined;
    }
  }
}

/** Texts that the regular expressions of public rules ask for. */
const samples = [
  'x'.repeat(220),
  ' -O ',
  ' -F ',
  ' -D ',
  ' -i ',
  ' -d ',
  '-W "abcd"',
  'https://198.51.100.7',
  '/lib/python3.9/site-packages/',
  '/mail/tmp/abc123.tar.gz',
  '/.hidden',
];

function textFor(values: readonly Value[]): string {
  let [start, middle, end] = ['', '', ''];
  for (const value of values) {
    if (value.kind === 'text') {
      const literal = value.parts.map(partText).join('');
      const isOpen = { start: value.parts[0] === many, end: value.parts.at(-1) === many };
      if (!isOpen.start && !isOpen.end) return literal;
      if (!isOpen.start) start = literal.length > start.length ? literal : start;
      else if (!isOpen.end) end = literal.length > end.length ? literal : end;
      else middle += `${literal} `;
    } else if (value.kind === 'number') return value.written;
    else if (value.kind === 'regex') middle += sampleOf(value.regex);
  }
  // What may stand before and behind does, so that a file is in a folder and a folder holds a file.
  const before = start === '' && `${middle}${end}`.startsWith('/') ? '/opt' : '';
  return `${before}${start}${middle}${end === '' ? 'x' : end}`;
}

function sampleOf({ pattern, flags }: { readonly pattern: string; readonly flags: string }): string {
  const regexp = new RegExp(pattern, flags);
  return samples.find((sample) => regexp.test(sample)) ?? '';
}

function partText(part: Part): string {
  if (typeof part === 'string') return part;
  return part === dash ? '-' : part === many ? '' : 'x';
}
