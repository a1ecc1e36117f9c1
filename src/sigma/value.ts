import type { Regex } from '../regex/regex.ts';
import type { DatePart } from './date.ts';
import type { Network } from './network.ts';

/** Any number of characters, newlines too. */
export const many: unique symbol = Symbol('*');
/** Exactly one character. */
export const one: unique symbol = Symbol('?');
/** Any of the five characters that Windows programs take for a dash before an option. */
export const dash: unique symbol = Symbol('dash');

export type Part = string | typeof many | typeof one | typeof dash;

/** Text with its wildcards as symbols; `bytes` when its characters are bytes, as the utf16 modifiers leave them. */
export interface TextValue {
  readonly kind: 'text';
  readonly parts: readonly Part[];
  readonly cased: boolean;
  readonly bytes: boolean;
}

/** `starts` and `ends`: the field's text starts, ends with the other's; both: contains it; neither: equals it. */
export interface FieldReference {
  readonly kind: 'fieldref';
  readonly field: string;
  readonly starts: boolean;
  readonly ends: boolean;
  readonly cased: boolean;
}

export type Operator = 'lt' | 'lte' | 'gt' | 'gte';

export interface Comparison {
  readonly kind: 'compare';
  readonly operator: Operator;
  readonly number: number;
}

/** Compares a part of the date that the field holds. */
export interface DateComparison {
  readonly kind: 'date';
  readonly part: DatePart;
  readonly operator: Operator | 'eq';
  readonly number: number;
}

/** One value of a rule after its modifiers. `any` holds what one written value stands for, such as the base64 shifts. */
export type Value =
  | TextValue
  | { readonly kind: 'number'; readonly number: number; readonly written: string }
  | { readonly kind: 'boolean'; readonly boolean: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists'; readonly present: boolean }
  | { readonly kind: 'regex'; readonly regex: Regex }
  | { readonly kind: 'cidr'; readonly network: Network }
  | Comparison
  | DateComparison
  | FieldReference
  | { readonly kind: 'any'; readonly values: readonly Value[] };

/**
 * A rule's text with `*` and `?` as symbols. A backslash makes them characters, and a backslash before a backslash is
 * one; before anything else, and at the end, it is itself.
 *
 * @see sigma-rules-specification.md, Escaping
 */
export function parseText(written: string): TextValue {
  const parts: Part[] = [];
  let literal = '';
  for (let at = 0; at < written.length; at++) {
    const character = written.charAt(at);
    const next = written.charAt(at + 1);
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      literal += next;
      at++;
    } else if (character === '*' || character === '?') {
      if (literal) parts.push(literal);
      literal = '';
      parts.push(character === '*' ? many : one);
    } else {
      literal += character;
    }
  }
  if (literal) parts.push(literal);
  return { kind: 'text', parts, cased: false, bytes: false };
}

/** Text without wildcards. */
export function literalText(literal: string): TextValue {
  return { kind: 'text', parts: literal ? [literal] : [], cased: false, bytes: false };
}

/** Lets any text stand before (`start`) or behind (`end`) it. */
export function open(text: TextValue, { start, end }: { start: boolean; end: boolean }): TextValue {
  const parts = [...text.parts];
  if (start && parts[0] !== many) parts.unshift(many);
  if (end && parts.at(-1) !== many) parts.push(many);
  return { ...text, parts };
}

/** The value as the rule's file spells it, where no wildcard is in it. */
export function literalOf(text: TextValue): string | undefined {
  const [only = ''] = text.parts;
  return text.parts.length <= 1 && typeof only === 'string' ? only : undefined;
}

/** Decimal text as a number, such as `7`, `-07` or `7.50`; exponents only as JavaScript itself writes large numbers. */
export function decimal(text: string): number | undefined {
  return decimalPattern.test(text) ? Number(text) : undefined;
}

const decimalPattern = /^[+-]?\d+(?:\.\d+)?(?:e[+-]\d+)?$/;
