import { formatProblem } from '../model/errors.ts';
import type { Location, Problem } from '../model/rule.ts';

/**
 * Collects what is wrong with rules, each once, however often a part of a file is read. `error` returns undefined, which is what a
 * parser gives for what it cannot read.
 */
export interface Report {
  readonly problems: readonly Problem[];
  error(at: Location, text: string): undefined;
  warning(at: Location, text: string): void;
}

export function createReport(): Report {
  const problems: Problem[] = [];
  const known = new Set<string>();
  const add = (problem: Problem): void => {
    const key = formatProblem(problem);
    if (known.has(key)) return;
    known.add(key);
    problems.push(problem);
  };
  return {
    problems,
    error(at, text) {
      add({ severity: 'error', at, text });
      return undefined;
    },
    warning: (at, text) => add({ severity: 'warning', at, text }),
  };
}
