import { createHash } from 'node:crypto';
import { didYouMean } from '../text/nearest.ts';
import type { Report } from './report.ts';
import { many, type Part, parseText, type TextValue, type Value } from './value.ts';
import type { YamlScalar } from './yaml.ts';

/** A text of a rule with its place. */
type WrittenText = YamlScalar & { readonly value: string };

/** What the configuration puts in the place of `%name%`, by name without percent signs. */
export type Placeholders = ReadonlyMap<string, readonly PlaceholderValue[]>;
/** Sigma text, or a number as it stands. */
export type PlaceholderValue = string | number;

export const noPlaceholders: Placeholders = new Map();

/** One of the values that a written value stands for. */
export interface Spelling {
  readonly value: Value;
  /** For modifiers that take a value as it is written, such as `re` and `cidr`. */
  readonly written: string;
}

/** Puts values in the place of the placeholders of one document, and remembers which ones it was asked for. */
export interface Expander {
  /**
   * Every text that a value stands for: all combinations of the values of its placeholders. Undefined, and reported, where
   * a placeholder has no values or there are too many combinations.
   *
   * @param isPattern the value is a regular expression, in which the values stand for the same texts as elsewhere
   */
  expand(text: WrittenText, isPattern: boolean): readonly Spelling[] | undefined;
  /** `digest`, or where placeholders were used, a digest of it and their values. */
  digestWith(digest: string): string;
}

export function createExpander(placeholders: Placeholders, report: Report): Expander {
  const used = new Map<string, readonly PlaceholderValue[]>();
  let left = maxChars;

  function valuesOf({ name, offset }: PlaceholderToken, text: WrittenText): readonly PlaceholderValue[] | undefined {
    const values = placeholders.get(name);
    if (values && values.length > 0) {
      used.set(name, values);
      return values;
    }
    const known = didYouMean(name, placeholders.keys());
    const fix = known || `: give it some under 'rules.placeholders' in the configuration, or write '\\%' for a '%'`;
    return report.error(text.place(offset), `the placeholder '%${name}%' has no values${fix}`);
  }

  return {
    expand(text, isPattern) {
      const tokens = tokenise(text.value);
      if (!tokens.some((token) => 'name' in token)) {
        report.warning(text.at, "modifier 'expand' changes nothing here: the value has no placeholder like '%name%'");
      }
      const found = tokens.map((token) => ('name' in token ? valuesOf(token, text) : [token.text]));
      const choices = found.filter((values) => values !== undefined);
      if (choices.length < found.length) return undefined;
      left -= charsOf(choices);
      if (left < 0) return report.error(text.at, `placeholders make this rule longer than ${maxChars} characters`);
      const lone = tokens.length === 1 && tokens[0] !== undefined && 'name' in tokens[0];
      return combine(choices).map((pieces) => spell(pieces, tokens, { isPattern, lone }));
    },
    digestWith(digest) {
      if (used.size === 0) return digest;
      const values = [...used].sort(([a], [b]) => (a < b ? -1 : 1));
      return createHash('sha256')
        .update(`${digest}\n${JSON.stringify(values)}`)
        .digest('hex');
    },
  };
}

/** What a file of rules may hold; combinations multiply, and every one costs memory and time. */
const maxChars = 1024 * 1024;

/** Of all combinations, an ending for each among them. */
function charsOf(choices: readonly (readonly PlaceholderValue[])[]): number {
  const mean = choices.map(
    (values) => values.reduce<number>((sum, value) => sum + String(value).length, 0) / values.length,
  );
  const count = choices.reduce((product, { length }) => product * length, 1);
  return count * mean.reduce((sum, chars) => sum + chars, 1);
}

interface PlaceholderToken {
  readonly name: string;
  readonly offset: number;
}
type Token = PlaceholderToken | { readonly text: string };

/**
 * A backslash makes a percent sign an ordinary one, and a backslash before a backslash keeps its meaning.
 *
 * @see sigma-rules-specification.md, Placeholders
 */
function tokenise(written: string): readonly Token[] {
  const tokens: Token[] = [];
  let text = '';
  for (const match of written.matchAll(/\\(.?)|%([^%\\\s](?:[^%\\]*[^%\\\s])?)%|[^\\%]+|%/gsu)) {
    const [all, escaped, name] = match;
    if (name !== undefined) {
      if (text) tokens.push({ text });
      text = '';
      tokens.push({ name, offset: match.index });
    } else {
      text += escaped === '%' ? '%' : all;
    }
  }
  return text || tokens.length === 0 ? [...tokens, { text }] : tokens;
}

function combine(choices: readonly (readonly PlaceholderValue[])[]): readonly (readonly PlaceholderValue[])[] {
  let combinations: (readonly PlaceholderValue[])[] = [[]];
  for (const values of choices) {
    combinations = combinations.flatMap((before) => values.map((value) => [...before, value]));
  }
  return combinations;
}

function spell(
  pieces: readonly PlaceholderValue[],
  tokens: readonly Token[],
  { isPattern, lone }: { isPattern: boolean; lone: boolean },
): Spelling {
  const [only] = pieces;
  const asText = (piece: PlaceholderValue, at: number) =>
    isPattern && 'name' in (tokens[at] ?? {}) ? patternOf(parseText(String(piece))) : String(piece);
  const written = pieces.map(asText).join('');
  if (lone && typeof only === 'number') return { value: { kind: 'number', number: only, written }, written };
  return { value: joined(pieces.map((piece) => parseText(String(piece)))), written };
}

/** Texts behind each other; each keeps its own escapes. */
function joined(texts: readonly TextValue[]): TextValue {
  const parts: Part[] = [];
  for (const part of texts.flatMap((text) => text.parts)) {
    const last = parts.at(-1);
    if (typeof part === 'string' && typeof last === 'string') parts.splice(-1, 1, last + part);
    else parts.push(part);
  }
  return { ...parseText(''), parts };
}

/** The regular expression of the same texts. */
function patternOf({ parts }: TextValue): string {
  const pattern = parts.map((part) =>
    typeof part === 'string' ? part.replace(/[\^$\\.*+?()[\]{}|]/g, '\\$&') : part === many ? '[\\s\\S]*' : '[\\s\\S]',
  );
  return `(?:${pattern.join('')})`;
}
