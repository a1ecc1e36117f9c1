import type { Location, Problem } from '../model/rule.ts';

/** Collects what is wrong with rules; `error` returns undefined, which is what a parser gives for what it cannot read. */
export interface Report {
  readonly problems: readonly Problem[];
  error(at: Location, text: string): undefined;
  warning(at: Location, text: string): void;
}

export function createReport(): Report {
  const problems: Problem[] = [];
  return {
    problems,
    error(at, text) {
      problems.push({ severity: 'error', at, text });
      return undefined;
    },
    warning(at, text) {
      problems.push({ severity: 'warning', at, text });
    },
  };
}
