import { type CharacterSet, complement, rangesOf, sourceOf } from './character-set.ts';
import type { Outcome } from './search.ts';
import { type Beside, partsOf, type Regular } from './tree.ts';

interface Backtracking {
  search(text: string): Outcome;
  readonly weight: number;
}

/**
 * Runs the pattern on V8's engine, which tries one choice after the other; for what no automaton can do.
 *
 * Its tries are counted out beforehand: choices multiply, and an unbounded quantifier chooses among as many as the text
 * has characters. So each pattern has a length up to which texts are searched, and is refused where that is of no use.
 */
export function createBacktracking(root: Regular, ignoreCase: boolean): Backtracking | string {
  if (multipliesChoices(root, false)) {
    return 'has a back-reference or look-around and a choice inside a repetition, which can take for ever; write it without one of them';
  }
  const { power, factor } = triesOf(root);
  const powerOfText = power + (startsAtTextStart(root) ? 0 : 1);
  const maxChars = Math.floor(Math.min(mostChars, (maxTries / factor) ** (1 / powerOfText)));
  if (maxChars < leastChars) {
    return `has a back-reference or look-around and ${power} unbounded quantifiers, which can take for ever; write it with fewer`;
  }
  const regexp = compile(root, ignoreCase);
  if (typeof regexp === 'string') return regexp;
  return {
    search: (text: string): Outcome => {
      if (text.length <= maxChars) return regexp.test(text) ? 'found' : 'absent';
      return regexp.test(text.slice(0, maxChars)) ? 'found' : 'unknown';
    },
    weight: Math.ceil(maxTries / maxChars),
  };
}

/** Of 1 to 3 ns each. */
const maxTries = 10_000_000;
const mostChars = 64 * 1024;
/** Less than this sees nothing of most command lines. */
const leastChars = 100;

function compile(root: Regular, ignoreCase: boolean): RegExp | string {
  try {
    const regexp = new RegExp(spell(root, ignoreCase), ignoreCase ? 'ui' : 'u');
    // V8 compiles at the first search of texts of one byte a character, and again for those of two.
    regexp.test('');
    regexp.test('\u0100');
    return regexp;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `does not compile: ${error.message.slice(error.message.lastIndexOf(': ') + 2)}`;
  }
}

/** Whether a choice stands inside something that is repeated, so that the choices of each repetition multiply. */
function multipliesChoices(node: Regular, repeated: boolean): boolean {
  if (repeated && (node.kind === 'alternatives' || (node.kind === 'repeat' && node.min !== node.max))) return true;
  const inside = repeated || (node.kind === 'repeat' && node.max > 1);
  return partsOf(node).some((part) => multipliesChoices(part, inside));
}

/** At most `factor` times the text's length to the power of `power` characters are compared from one start. */
function triesOf(root: Regular): { readonly power: number; readonly factor: number } {
  let power = 0;
  let choices = 1;
  let characters = 1;
  const visit = (node: Regular): void => {
    if (node.kind === 'reference' || (node.kind === 'repeat' && node.max === Number.POSITIVE_INFINITY)) power++;
    else if (node.kind === 'repeat') choices *= node.max - node.min + 1;
    else if (node.kind === 'alternatives') choices *= node.of.length;
    else if (node.kind === 'character' || node.kind === 'beside') characters++;
    if (node.kind === 'repeat') characters += node.min;
    partsOf(node).forEach(visit);
  };
  visit(root);
  return { power, factor: choices * characters };
}

function startsAtTextStart(node: Regular): boolean {
  if (node.kind === 'sequence') return node.of[0] !== undefined && startsAtTextStart(node.of[0]);
  return node.kind === 'beside' && !node.ahead && node.orNone && sourceOf(node.set) === '[]';
}

/** The pattern in JavaScript's words, for its flag u. (With v, V8 of Node 20 forgets negated classes inside repetitions.) */
function spell(node: Regular, ignoreCase: boolean): string {
  const inner = (of: Regular) => spell(of, ignoreCase);
  switch (node.kind) {
    case 'character':
      return spellSet(node.set, ignoreCase);
    case 'sequence':
      return node.of.map(inner).join('');
    case 'alternatives':
      return `(?:${node.of.map(inner).join('|')})`;
    case 'repeat':
      return `(?:${inner(node.of)}){${node.min},${node.max === Number.POSITIVE_INFINITY ? '' : node.max}}`;
    case 'group':
      return `(${inner(node.of)})`;
    case 'reference':
      return `(?:\\${node.number})`;
    case 'look':
      return `(?${node.ahead ? '' : '<'}${node.negated ? '!' : '='}${inner(node.of)})`;
    case 'beside':
      return spellBeside(node, ignoreCase);
  }
}

function spellSet(set: CharacterSet, ignoreCase: boolean): string {
  const spelled = rangesOf(set, ignoreCase, true).map(
    ([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`,
  );
  return `[${spelled.join('')}]`;
}

function spellBeside({ ahead, set, orNone, orLastNewline }: Beside, ignoreCase: boolean): string {
  if (orLastNewline) return '(?![^\\n]|\\n[\\s\\S])';
  if (!orNone) return `(?${ahead ? '' : '<'}=${spellSet(set, ignoreCase)})`;
  // V8 knows at once that a match cannot begin anywhere else.
  if (!ahead && sourceOf(set) === '[]') return '^';
  return `(?${ahead ? '' : '<'}!${spellSet(complement(set), ignoreCase)})`;
}
