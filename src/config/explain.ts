import type { z } from 'zod';
import type { Location, Problem } from '../model/rule.ts';
import { nearest } from '../text/nearest.ts';
import type { ConfigDocument } from './document.ts';

/** Turns what the schema has against a document into located problems in plain words. */
export function explain(issue: z.core.$ZodIssue, document: ConfigDocument): Problem {
  const { path } = issue;
  const name = keyName(path);
  if (issue.code === 'custom') {
    const { known, at }: Record<string, unknown> = issue.params ?? {};
    if (Array.isArray(known)) return problem(locateNear(document, path, 'key'), unknownKey(path, known.map(String)));
    return problem(locateNear(document, path, at === 'key' ? 'key' : 'value'), `${name}: ${issue.message}`);
  }
  const at = document.locate(path, 'value');
  if (!at) {
    const parent = path.slice(0, -1);
    const where = parent.length > 0 ? `${keyName(parent)}: ` : '';
    return problem(
      locateNear(document, parent, 'value'),
      `${where}the key '${String(path.at(-1))}' is missing; ${wanted(issue)}`,
    );
  }
  const value = valueAt(document.value, path);
  const prefix = name === '' ? '' : `${name}: `;
  return problem(at, `${prefix}${wanted(issue)}, found ${found(value)}${suggestion(issue, value)}`);
}

function problem(at: Location, text: string): Problem {
  return { severity: 'error', at, text };
}

function locateNear(document: ConfigDocument, path: readonly PropertyKey[], part: 'key' | 'value'): Location {
  const at = document.locate(path, part);
  if (at) return at;
  if (path.length === 0) throw new Error('a document has no place for its own root');
  return locateNear(document, path.slice(0, -1), 'value');
}

function unknownKey(path: readonly PropertyKey[], known: readonly string[]): string {
  const key = String(path.at(-1));
  const near = nearest(key, known);
  const where = path.length > 1 ? ` in ${keyName(path.slice(0, -1))}` : '';
  return `unknown key '${key}'${where} (${near ? `did you mean '${near}'?` : `known here: ${known.join(', ')}`})`;
}

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `wanted ${typeName(issue.expected)}`;
    case 'too_small':
      return issue.origin === 'array'
        ? `wanted at least ${issue.minimum} in the list`
        : `wanted ${issue.minimum} or more`;
    case 'too_big':
      return issue.origin === 'array'
        ? `wanted at most ${issue.maximum} in the list`
        : `wanted ${issue.maximum} or less`;
    case 'invalid_value':
      return `wanted ${oneOf(issue.values.map(String))}`;
    case 'invalid_union':
      return `wanted ${oneOf(unionOptions(issue))}`;
    default:
      return issue.message;
  }
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function unionOptions(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function suggestion(issue: z.core.$ZodIssue, value: unknown): string {
  const options =
    issue.code === 'invalid_value'
      ? issue.values.map(String)
      : issue.code === 'invalid_union'
        ? unionOptions(issue)
        : [];
  const near = typeof value === 'string' ? nearest(value, options) : undefined;
  return near ? ` (did you mean '${near}'?)` : '';
}

function typeName(expected: string): string {
  switch (expected) {
    case 'string':
      return 'text';
    case 'int':
    case 'number':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a map of keys and values';
    default:
      return expected;
  }
}

function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing (remove the key to have its default)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  return String(value);
}

/** `sinks[0].url`, as people write it. */
function keyName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, step) => {
    if (typeof step === 'number') return `${name}[${step}]`;
    return name === '' ? String(step) : `${name}.${String(step)}`;
  }, '');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
}
