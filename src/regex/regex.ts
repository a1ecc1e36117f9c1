import { createBacktracking } from './backtrack.ts';
import { requiredTexts } from './literals.ts';
import { sizeProblem, statesOf } from './nfa.ts';
import { createSearch, type Outcome } from './search.ts';
import { parseRegex } from './syntax.ts';
import { partsOf, type Regular } from './tree.ts';

/** A compiled regular expression, to be searched for anywhere in a text. */
export interface Regex {
  /** As the rule has it, without leading flags. */
  readonly pattern: string;
  /** Some of `ims`. */
  readonly flags: string;
  search(text: string): Outcome;
  /** Folded ASCII texts of which every match contains one, without regard to case; undefined where none is proven. */
  readonly required: readonly string[] | undefined;
  /** What a character of a text can cost at most, in visits to states. */
  readonly weight: number;
}

/**
 * Compiles the pattern once; gives what is wrong with it instead when it cannot be.
 *
 * Rules are written for PCRE and Python, and mean by `.`, `^`, `$`, `\d`, `\w` and `\b` what those do. The time of a
 * search is proportional to the text's length. Back-references and wide look-around need V8's engine, whose time is not:
 * such a pattern is taken only where it is known to be harmless, and refused otherwise.
 */
export function compileRegex(written: string, flags: string): Regex | string {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(written);
  const unknown = /[^ims]/.exec(leading?.[1] ?? '');
  if (unknown) return `regular expression has the flag '${unknown[0]}', and only i, m and s are known`;
  const pattern = written.slice(leading?.[0].length ?? 0);
  const allFlags = [...new Set(flags + (leading?.[1] ?? ''))].sort().join('');
  const root = parseRegex(pattern, { multiline: allFlags.includes('m'), dotAll: allFlags.includes('s') });
  const engine = typeof root === 'string' ? root : createEngine(root, allFlags.includes('i'));
  if (typeof root === 'string' || typeof engine === 'string') return `regular expression ${engine}`;
  return { pattern, flags: allFlags, required: requiredTexts(root), ...engine };
}

type Engine = Pick<Regex, 'search' | 'weight'>;

function createEngine(root: Regular, ignoreCase: boolean): Engine | string {
  const problem = sizeProblem(root);
  if (problem) return problem;
  if (needsBacktracking(root)) return createBacktracking(root, ignoreCase);
  return { search: createSearch(root, ignoreCase), weight: statesOf(root) + 1 };
}

function needsBacktracking(node: Regular): boolean {
  return node.kind === 'look' || node.kind === 'reference' || partsOf(node).some(needsBacktracking);
}
