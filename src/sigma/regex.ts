import { readEscape, word } from './regex-escape.ts';

/** A compiled regular expression, to be searched for anywhere in a text. */
export interface Regex {
  /** As the rule has it, without leading flags. */
  readonly pattern: string;
  /** Some of `ims`. */
  readonly flags: string;
  readonly regexp: RegExp;
  /** ASCII text that every match contains, without regard to case; undefined where none is easily proven. */
  readonly required: string | undefined;
}

/**
 * Compiles the pattern once; gives what is wrong with it instead when it cannot be.
 *
 * Rules are written for PCRE and Python, whose `.`, `^`, `$`, `\d`, `\w` and `\b` are not JavaScript's: those are put
 * into JavaScript's words, and what has none is refused instead of quietly meaning something else.
 */
export function compileRegex(written: string, flags: string): Regex | string {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(written);
  const unknown = /[^ims]/.exec(leading?.[1] ?? '');
  if (unknown) return `regular expression has the flag '${unknown[0]}', and only i, m and s are known`;
  const pattern = written.slice(leading?.[0].length ?? 0);
  const allFlags = [...new Set(flags + (leading?.[1] ?? ''))].sort().join('');
  const translation = createTranslation(pattern, allFlags);
  const problem = translate(translation);
  if (problem) return `regular expression ${problem}`;
  try {
    const regexp = new RegExp(translation.out, allFlags.includes('i') ? 'vi' : 'v');
    return { pattern, flags: allFlags, regexp, required: required(translation) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `regular expression does not compile: ${error.message.slice(error.message.lastIndexOf(': ') + 2)}`;
  }
}

/** Not `[^]`: V8 of Node 20 never matches that with a quantifier and the v flag. */
const anything = '[\\s\\S]';

/** One pass over a pattern: `at` is what comes next, `out` what has been written. */
interface Translation {
  readonly pattern: string;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  at: number;
  out: string;
  depth: number;
  alternatives: boolean;
  /** The literal text that has just been read and must occur as it is, and the longest such text before it. */
  run: string;
  longest: string;
}

function createTranslation(pattern: string, flags: string): Translation {
  return {
    pattern,
    multiline: flags.includes('m'),
    dotAll: flags.includes('s'),
    at: 0,
    out: '',
    depth: 0,
    alternatives: false,
    run: '',
    longest: '',
  };
}

/** Returns what is wrong, if anything. */
function translate(t: Translation): string | undefined {
  while (t.at < t.pattern.length) {
    const problem = step(t);
    if (problem) return problem;
  }
  endRun(t);
  return undefined;
}

function step(t: Translation): string | undefined {
  const character = String.fromCodePoint(t.pattern.codePointAt(t.at) ?? 0);
  switch (character) {
    case '\\':
      return escaped(t);
    case '[':
      return characterClass(t);
    case '(':
      return openGroup(t);
    case ')':
      t.depth--;
      return special(t, ')', 1);
    case '|':
      t.alternatives ||= t.depth === 0;
      return special(t, '|', 1);
    case '.':
      return special(t, t.dotAll ? anything : '[^\\n]', 1);
    case '^':
      return special(t, t.multiline ? '(?<![^\\n])' : '^', 1);
    case '$':
      return special(t, t.multiline ? '(?![^\\n])' : beforeLastNewline, 1);
    case '*':
    case '+':
    case '?':
    case '{':
      return quantifier(t, character);
    default:
      return literal(t, character, character.length);
  }
}

function escaped(t: Translation): string | undefined {
  const name = t.pattern.charAt(t.at + 1);
  const group = /^\\(?:[1-9]|k<\w+>)/.exec(t.pattern.slice(t.at, t.at + 80))?.[0];
  if (group) return special(t, group, group.length);
  const assertion = assertions[name];
  if (assertion !== undefined) return special(t, assertion, 2);
  const read = readEscape(t.pattern, t.at);
  if ('problem' in read) return read.problem;
  return read.literal === undefined ? special(t, read.set, read.length) : literal(t, read.literal, read.length);
}

function literal(t: Translation, character: string, length: number): undefined {
  t.out += syntaxCharacter.test(character) ? `\\${character}` : character;
  t.at += length;
  if (character >= '\x80') endRun(t);
  else if (t.depth === 0) t.run += character;
}

/** Anything that is no literal character. */
function special(t: Translation, text: string, length: number): undefined {
  t.out += text;
  t.at += length;
  endRun(t);
}

function quantifier(t: Translation, character: string): string | undefined {
  const count = character === '{' ? /^\{(\d*)(,?)(\d*)\}/.exec(t.pattern.slice(t.at, t.at + 24)) : undefined;
  if (character === '{' && !(count?.[1] || count?.[3])) return literal(t, '{', 1);
  const text = count ? `{${count[1] || '0'}${count[2]}${count[3]}}` : character;
  const length = count ? count[0].length : 1;
  const after = t.pattern.charAt(t.at + length);
  if (after === '+') return `has the possessive quantifier '${character}+', which is not supported`;
  const mayBeAbsent = character === '*' || character === '?' || (count && Number(count[1]) === 0);
  if (mayBeAbsent) t.run = t.run.slice(0, -1);
  return special(t, after === '?' ? `${text}?` : text, after === '?' ? length + 1 : length);
}

function openGroup(t: Translation): string | undefined {
  const rest = t.pattern.slice(t.at, t.at + 80);
  const comment = /^\(\?#[^)]*\)/.exec(t.pattern.slice(t.at))?.[0];
  if (comment) return special(t, '', comment.length);
  const backReference = /^\(\?P=(\w+)\)/.exec(rest);
  if (backReference) return special(t, `\\k<${backReference[1]}>`, backReference[0].length);
  const group = /^\((?:\?(?::|=|!|<=|<!|P?<\w+>))?/.exec(rest)?.[0] ?? '(';
  if (group === '(' && rest.startsWith('(?')) return `has a group '${rest.slice(0, 3)}…', which is not supported`;
  t.depth++;
  return special(t, group.replace('(?P<', '(?<'), group.length);
}

function characterClass(t: Translation): string | undefined {
  const { pattern } = t;
  let at = t.at + 1;
  let out = '[';
  if (pattern.charAt(at) === '^') {
    out += '^';
    at++;
  }
  const start = at;
  let rangeFrom = false;
  while (at < pattern.length && (pattern.charAt(at) !== ']' || at === start)) {
    if (pattern.startsWith('[:', at)) return 'has a POSIX class, which is not supported';
    if (pattern.charAt(at) === '-' && rangeFrom && at + 1 < pattern.length && pattern.charAt(at + 1) !== ']') {
      out += '-';
      at++;
      rangeFrom = false;
    }
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    const read = character === '\\' ? readEscape(pattern, at) : { literal: character, length: character.length };
    if ('problem' in read) return read.problem;
    const inRange = out.endsWith('-') && !out.endsWith('\\-');
    out += read.literal === undefined ? read.set : classLiteral(read.literal);
    rangeFrom = read.literal !== undefined && !inRange;
    at += read.length;
  }
  if (at >= pattern.length) return "has a '[' that is never closed";
  return special(t, `${out}]`, at + 1 - t.at);
}

function classLiteral(character: string): string {
  if (character === '\n') return '\\n';
  return /[()[\]{}/\-\\|&!#%,:;<=>@`~^$*+.?]/.test(character) ? `\\${character}` : character;
}

function endRun(t: Translation): void {
  if (t.run.length > t.longest.length) t.longest = t.run;
  t.run = '';
}

function required({ alternatives, longest }: Translation): string | undefined {
  return alternatives || longest === '' ? undefined : longest;
}

const beforeLastNewline = `(?![^\\n]|\\n${anything})`;
const syntaxCharacter = /^[\^$\\.*+?()[\]{}|/]$/;

const assertions: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  b: `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`,
  B: `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`,
  A: `(?<!${anything})`,
  z: `(?!${anything})`,
  Z: beforeLastNewline,
});
