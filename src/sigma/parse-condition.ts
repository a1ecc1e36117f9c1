import type { Location } from '../model/rule.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Report } from './report.ts';
import type { Condition } from './rule.ts';
import { textTest } from './text-test.ts';
import { many } from './value.ts';

/**
 * Parses one condition over the selections `names`; problems go to the report, with the place that `place` gives for an
 * offset, and give undefined.
 *
 * Binds from loose to tight: or, and, not, x of. Keywords are whole words, so `not_admin` is a name.
 */
export function parseCondition(
  text: string,
  names: readonly string[],
  place: (offset: number) => Location,
  report: Report,
): Condition | undefined {
  if (text.length > maxConditionLength) {
    return report.error(place(0), `condition: longer than ${maxConditionLength} characters`);
  }
  const reader = createReader(text, names, place, report);
  const condition = or(reader, 0);
  if (!condition) return undefined;
  const rest = reader.peek();
  if (rest?.text.includes('|')) {
    return reader.fail(rest, "aggregations ('|') are not part of Sigma 2, write a correlation instead");
  }
  if (rest) return reader.fail(rest, `'and', 'or' or the end expected instead of '${rest.text}'`);
  for (const [{ pattern }, token] of reader.empty) {
    return reader.fail(
      token,
      pattern.toLowerCase() === 'them'
        ? "there is no selection that 'them' could mean; names that begin with '_' are left out"
        : `no selection is named '${pattern}'${didYouMean(pattern, names)}`,
    );
  }
  return condition;
}

interface Token {
  readonly text: string;
  readonly offset: number;
}

type Quantifier = Extract<Condition, { kind: 'quantifier' }>;

interface Reader {
  readonly names: readonly string[];
  /** Quantifiers over no selection that no `not` has made true. */
  readonly empty: Map<Quantifier, Token>;
  peek(): Token | undefined;
  next(): Token | undefined;
  /** Takes the next word if it is this keyword. */
  takes(keyword: string): boolean;
  fail(token: Token | undefined, text: string): undefined;
  warn(token: Token, text: string): void;
}

function createReader(
  text: string,
  names: readonly string[],
  place: (offset: number) => Location,
  report: Report,
): Reader {
  const tokens = [...text.matchAll(/[()]|[^\s()]+/g)].map((match) => ({ text: match[0], offset: match.index }));
  let at = 0;
  const warn = (token: Token, problem: string) => report.warning(place(token.offset), problem);
  return {
    names,
    empty: new Map(),
    peek: () => tokens[at],
    next: () => tokens[at++],
    takes(keyword) {
      const token = tokens[at];
      if (token?.text.toLowerCase() !== keyword || names.includes(token.text)) return false;
      if (token.text !== keyword)
        warn(token, `write '${keyword}' in lower case: other tools do not read '${token.text}'`);
      at++;
      return true;
    },
    fail: (token, problem) => report.error(place(token?.offset ?? text.length), `condition: ${problem}`),
    warn,
  };
}

function or(reader: Reader, depth: number): Condition | undefined {
  return chain(reader, 'or', () => and(reader, depth));
}

function and(reader: Reader, depth: number): Condition | undefined {
  return chain(reader, 'and', () => not(reader, depth));
}

function chain(reader: Reader, kind: 'and' | 'or', operand: () => Condition | undefined): Condition | undefined {
  const of: Condition[] = [];
  do {
    const next = operand();
    if (!next) return undefined;
    of.push(next);
  } while (reader.takes(kind));
  const [only] = of;
  return of.length === 1 ? only : { kind, of };
}

function not(reader: Reader, depth: number): Condition | undefined {
  if (depth > maxDepth) return reader.fail(reader.peek(), `nested deeper than ${maxDepth} levels`);
  const token = reader.peek();
  if (!token || !reader.takes('not')) return atom(reader, depth);
  const of = not(reader, depth + 1);
  if (!of) return undefined;
  if (of.kind === 'quantifier' && of.count === 'any' && reader.empty.delete(of)) {
    reader.warn(token, `condition: no selection is named '${of.pattern}', so this 'not' always holds`);
  }
  return { kind: 'not', of };
}

function atom(reader: Reader, depth: number): Condition | undefined {
  const token = reader.next();
  if (!token) return reader.fail(token, 'a selection expected at the end');
  if (token.text === ')') return reader.fail(token, "a selection expected instead of ')'");
  if (token.text === '(') return group(reader, token, depth);
  if (reader.peek()?.text.toLowerCase() === 'of' && !reader.names.includes(token.text))
    return quantifier(reader, token);
  if (reader.names.includes(token.text)) return { kind: 'selection', name: token.text };
  const hint = token.text.includes('*')
    ? ` (a pattern needs '1 of' or 'all of' before it)`
    : didYouMean(token.text, reader.names);
  return reader.fail(token, `no selection is named '${token.text}'${hint}`);
}

function group(reader: Reader, opening: Token, depth: number): Condition | undefined {
  if (depth > maxDepth) return reader.fail(opening, `nested deeper than ${maxDepth} levels`);
  const inner = or(reader, depth + 1);
  if (!inner) return undefined;
  const closing = reader.next();
  return closing?.text === ')' ? inner : reader.fail(closing, "')' expected");
}

function quantifier(reader: Reader, word: Token): Condition | undefined {
  reader.takes('of');
  const count = counts.get(word.text.toLowerCase());
  if (!count) return reader.fail(word, `'${word.text} of' is not Sigma: '1 of', 'any of' or 'all of'`);
  const target = reader.next();
  if (!target || target.text === '(' || target.text === ')') {
    return reader.fail(target, `a name, a pattern or 'them' expected after '${word.text} of'`);
  }
  const all = target.text.toLowerCase() === 'them' && !reader.names.includes(target.text);
  const pattern = all ? '*' : target.text;
  const fits = namePattern(pattern);
  // Names with a leading underscore are an author's own and meant only by a pattern that has one too.
  const names = reader.names.filter((name) => fits(name) && (pattern.startsWith('_') || !name.startsWith('_')));
  const node: Quantifier = { kind: 'quantifier', count, pattern: target.text, names };
  if (names.length === 0) reader.empty.set(node, target);
  return node;
}

/** `*` stands for any characters; names match with case. */
function namePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split(/(\*)/).map((part) => (part === '*' ? many : part));
  return textTest(parts.filter((part) => part !== ''));
}

const counts: ReadonlyMap<string, 'any' | 'all'> = new Map([
  ['1', 'any'],
  ['any', 'any'],
  ['all', 'all'],
]);

const maxDepth = 64;
const maxConditionLength = 10_000;
