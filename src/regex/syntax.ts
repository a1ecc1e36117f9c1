import { assertions, lastLineEnd, lineEnd, lineStart, lookAround, newline, textStart } from './assertion.ts';
import { complement, nothing, ranges } from './character-set.ts';
import { readClass } from './class.ts';
import { readEscape } from './escape.ts';
import type { Regular } from './tree.ts';

export interface SyntaxFlags {
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** Reads a pattern as PCRE and Python mean it; gives what is wrong instead when it is none of ours. */
export function parseRegex(pattern: string, flags: SyntaxFlags): Regular | string {
  if (pattern.length > maxPatternChars) return `is longer than ${maxPatternChars} characters`;
  const reader: Reader = {
    pattern,
    flags,
    at: 0,
    frame: openFrame((of) => of),
    names: new Map(),
    groups: 0,
    highest: 0,
  };
  while (reader.at < pattern.length) {
    const problem = step(reader);
    if (problem) return problem;
  }
  if (reader.frame.outer) return "has a '(' that is never closed";
  if (reader.highest > reader.groups) return `refers to group ${reader.highest}, and has only ${reader.groups}`;
  return closeFrame(reader.frame);
}

const maxPatternChars = 64 * 1024;
const maxDepth = 100;

/** A group that is being read. */
interface Frame {
  readonly finish: (of: Regular) => Regular;
  readonly outer: Frame | undefined;
  readonly depth: number;
  readonly alternatives: Regular[];
  sequence: Regular[];
  /** What has just been read may be repeated. */
  repeatable: boolean;
}

function openFrame(finish: Frame['finish'], outer?: Frame): Frame {
  return { finish, outer, depth: (outer?.depth ?? 0) + 1, alternatives: [], sequence: [], repeatable: false };
}

function closeFrame({ finish, alternatives, sequence }: Frame): Regular {
  const last = joined(sequence);
  return finish(alternatives.length === 0 ? last : { kind: 'alternatives', of: [...alternatives, last] });
}

function joined(sequence: readonly Regular[]): Regular {
  const [only] = sequence;
  return only && sequence.length === 1 ? only : { kind: 'sequence', of: sequence };
}

/** One pass over a pattern; `at` is what comes next. */
interface Reader {
  readonly pattern: string;
  readonly flags: SyntaxFlags;
  at: number;
  frame: Frame;
  readonly names: Map<string, number>;
  groups: number;
  /** The highest group that is referred to. */
  highest: number;
}

/** Returns what is wrong, if anything. */
function step(reader: Reader): string | undefined {
  const { pattern, flags, frame } = reader;
  const character = String.fromCodePoint(pattern.codePointAt(reader.at) ?? 0);
  switch (character) {
    case '\\':
      return escaped(reader);
    case '[': {
      const read = readClass(pattern, reader.at);
      return 'problem' in read ? read.problem : push(reader, { kind: 'character', set: read.set }, read.length);
    }
    case '(':
      return openGroup(reader);
    case ')':
      return closeGroup(reader);
    case '|':
      frame.alternatives.push(joined(frame.sequence));
      frame.sequence = [];
      frame.repeatable = false;
      reader.at++;
      return undefined;
    case '.':
      return push(reader, { kind: 'character', set: flags.dotAll ? anything : notNewline }, 1);
    case '^':
      return push(reader, flags.multiline ? lineStart : textStart, 1);
    case '$':
      return push(reader, flags.multiline ? lineEnd : lastLineEnd, 1);
    case '*':
      return quantifier(reader, { min: 0, max: Number.POSITIVE_INFINITY }, 1);
    case '+':
      return quantifier(reader, { min: 1, max: Number.POSITIVE_INFINITY }, 1);
    case '?':
      return quantifier(reader, { min: 0, max: 1 }, 1);
    case '{':
      return count(reader);
    default:
      return push(reader, literal(character), character.length);
  }
}

function push(reader: Reader, node: Regular, length: number): undefined {
  reader.frame.sequence.push(node);
  reader.frame.repeatable = true;
  reader.at += length;
}

function literal(character: string): Regular {
  const codePoint = character.codePointAt(0) ?? 0;
  return { kind: 'character', set: ranges([codePoint, codePoint]) };
}

function escaped(reader: Reader): string | undefined {
  const { pattern, at } = reader;
  const reference = /^\\(?:([1-9]\d*)|k<(\w+)>)/.exec(pattern.slice(at, at + 80));
  if (reference) return refer(reader, reference[2] ?? Number(reference[1]), reference[0].length);
  const assertion = assertions.get(pattern.charAt(at + 1));
  if (assertion) return push(reader, assertion, 2);
  const read = readEscape(pattern, at);
  return 'problem' in read ? read.problem : push(reader, { kind: 'character', set: read.set }, read.length);
}

function refer(reader: Reader, group: number | string, length: number): string | undefined {
  const number = typeof group === 'number' ? group : reader.names.get(group);
  if (number === undefined) return `refers to the group '${group}', which does not stand before`;
  reader.highest = Math.max(reader.highest, number);
  return push(reader, { kind: 'reference', number }, length);
}

function count(reader: Reader): string | undefined {
  const { pattern, at } = reader;
  const written = /^\{(\d*)(,?)(\d*)\}/.exec(pattern.slice(at, at + 24));
  // PCRE and Python take any other brace for itself.
  if (!written || !(written[1] || written[3])) return push(reader, literal('{'), 1);
  const [text, from, comma, to] = written;
  const min = Number(from);
  const max = to ? Number(to) : comma ? Number.POSITIVE_INFINITY : min;
  if (min > max) return `has the count '${text}', whose first number is the larger one`;
  return quantifier(reader, { min, max }, text.length);
}

function quantifier(
  reader: Reader,
  { min, max }: { readonly min: number; readonly max: number },
  length: number,
): string | undefined {
  const { pattern, at, frame } = reader;
  const text = pattern.slice(at, at + length);
  const after = pattern.charAt(at + length);
  if (after === '+') return `has the possessive quantifier '${text}+', which is not supported`;
  const of = frame.repeatable ? frame.sequence.pop() : undefined;
  if (!of) return `has a '${text}' with nothing to repeat before it`;
  // Whether the shortest or the longest is tried first makes no difference to whether there is a match.
  push(reader, { kind: 'repeat', of, min, max }, after === '?' ? length + 1 : length);
  frame.repeatable = false;
  return undefined;
}

function openGroup(reader: Reader): string | undefined {
  const { pattern, at, frame, names } = reader;
  const rest = pattern.slice(at, at + 80);
  if (rest.startsWith('(?#')) {
    const end = pattern.indexOf(')', at);
    if (end < 0) return "has a '(' that is never closed";
    reader.at = end + 1;
    return undefined;
  }
  const reference = /^\(\?P=(\w+)\)/.exec(rest);
  if (reference) return refer(reader, reference[1] ?? '', reference[0].length);
  const opening = /^\((?:\?(?:(:)|(<?[=!])|P?<([a-zA-Z_]\w*)>))?/.exec(rest);
  const [text = '(', plain, look, name] = opening ?? [];
  if (text === '(' && rest.startsWith('(?')) return `has a group '${rest.slice(0, 3)}…', which is not supported`;
  if (frame.depth >= maxDepth) return `has groups nested deeper than ${maxDepth} levels`;
  if (name && names.has(name)) return `has two groups named '${name}'`;
  reader.at += text.length;
  reader.frame = openFrame(plain ? (of) => of : look ? lookAround(look) : numbered(++reader.groups), frame);
  if (name) names.set(name, reader.groups);
  return undefined;
}

function numbered(number: number): Frame['finish'] {
  return (of) => ({ kind: 'group', number, of });
}

function closeGroup(reader: Reader): string | undefined {
  const { frame } = reader;
  if (!frame.outer) return "has a ')' that closes nothing";
  reader.frame = frame.outer;
  return push(reader, closeFrame(frame), 1);
}

const anything = complement(nothing);
const notNewline = complement(newline);
