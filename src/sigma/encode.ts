import { dashes } from './text-segment.ts';
import { dash, literalText, type Part, type TextValue, type Value } from './value.ts';

/**
 * Lets each `-` or `/` that starts a word be any of the five dashes.
 *
 * @see sigma-appendix-modifiers.md, windash; that only word starts are meant is pySigma's reading
 */
export function windash(text: TextValue): TextValue {
  const parts = text.parts.flatMap((part): Part[] => (typeof part === 'string' ? withDashes(part) : [part]));
  return { ...text, parts };
}

function withDashes(literal: string): Part[] {
  const between = literal.split(wordStart).map((piece, index): Part[] => (index === 0 ? [piece] : [dash, piece]));
  return between.flat().filter((part) => part !== '');
}

const wordStart = /(?<![\p{L}\p{N}_])[-/](?=[\p{L}\p{N}_])/u;

/** Replaces the text by its UTF-16 bytes; wildcards stay. */
export function encodeUtf16(text: TextValue, order: 'le' | 'be' | 'bom'): Value | string {
  if (text.bytes) return 'cannot encode text twice';
  const spellings = spellDashes(text.parts);
  if (typeof spellings === 'string') return spellings;
  const values = spellings.map((parts): Value => {
    const encoded = parts.map((part) => (typeof part === 'string' ? utf16(part, order) : part));
    return { ...text, bytes: true, parts: order === 'bom' ? ['\xff\xfe', ...encoded] : encoded };
  });
  return oneOrAny(values);
}

function utf16(literal: string, order: 'le' | 'be' | 'bom'): string {
  const bytes = Buffer.from(literal, 'utf16le');
  return (order === 'be' ? bytes.swap16() : bytes).toString('latin1');
}

export function encodeBase64(text: TextValue): Value | string {
  return onBytes(text, (bytes) => literalText(bytes.toString('base64')));
}

/** The three forms that a text has inside a longer Base64 text, less the characters that its neighbours decide too. */
export function shiftedBase64(text: TextValue): Value | string {
  return onBytes(text, (bytes) =>
    bytes.length < 2
      ? 'needs at least two bytes: fewer leave nothing that belongs to them alone, so every text would match'
      : {
          kind: 'any',
          values: [0, 1, 2].map((shift) => {
            const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
            const sharedAtEnd = [0, 3, 2][(bytes.length + shift) % 3] ?? 0;
            return literalText(encoded.slice([0, 2, 3][shift], encoded.length - sharedAtEnd));
          }),
        },
  );
}

function onBytes(text: TextValue, encode: (bytes: Buffer) => Value | string): Value | string {
  const spellings = spellDashes(text.parts);
  if (typeof spellings === 'string') return spellings;
  const values: Value[] = [];
  for (const parts of spellings) {
    const literals = parts.filter((part) => typeof part === 'string');
    if (literals.length < parts.length) return wildcards;
    const encoded = encode(Buffer.from(literals.join(''), text.bytes ? 'latin1' : 'utf8'));
    if (typeof encoded === 'string') return encoded;
    values.push(encoded);
  }
  return oneOrAny(values);
}

function oneOrAny(values: readonly Value[]): Value {
  const [only] = values;
  return values.length === 1 && only ? only : { kind: 'any', values };
}

/** Every way to write the parts without a symbol for dashes, which multiply. */
function spellDashes(parts: readonly Part[]): (readonly Part[])[] | string {
  if (parts.filter((part) => part === dash).length > maxDashes) return `cannot encode more than ${maxDashes} dashes`;
  let spellings: (readonly Part[])[] = [[]];
  for (const part of parts) {
    const choices: readonly Part[] = part === dash ? dashes : [part];
    spellings = spellings.flatMap((start) => choices.map((choice) => [...start, choice]));
  }
  return spellings;
}

const maxDashes = 3;
const wildcards = "cannot encode wildcards; 'contains' and its like come behind it, and '\\*' is a star";
