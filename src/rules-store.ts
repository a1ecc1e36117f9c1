import type { Logger } from './host/logger.ts';
import { ConfigError, formatProblem } from './model/errors.ts';
import type { Problem } from './model/rule.ts';
import { loadRules } from './sigma/load.ts';
import type { Rule } from './sigma/rule.ts';
import { createRuleSet, type RuleSet } from './sigma/rule-set.ts';

/** The rules in force, replaced as a whole by a reload. */
export interface RuleStore {
  readonly current: RuleSet;
  readonly rejected: number;
  /** Loads the paths again; rules of a file that is now bad stay as they were, and all of them when none is left. */
  reload(): Promise<void>;
}

/** @throws ConfigError when no rule at all could be loaded */
export async function openRuleStore(paths: readonly string[], logger: Logger): Promise<RuleStore> {
  const loaded = await loadRules(paths);
  if (loaded.rules.length === 0) throw new ConfigError(loaded.problems.length > 0 ? loaded.problems : [noRules(paths)]);
  report(loaded.problems, logger);
  let rules = loaded.rules;
  let current = createRuleSet(rules);
  let rejected = countErrors(loaded.problems);
  let reloading: Promise<void> = Promise.resolve();

  async function reload(): Promise<void> {
    const next = await loadRules(paths);
    report(next.problems, logger);
    rejected = countErrors(next.problems);
    const kept = keepBroken(rules, next.rules, next.problems);
    if (next.rules.length + kept.length === 0) {
      logger.error({ problem: formatProblem(noRules(paths)) }, 'no rule could be loaded; the old ones stay');
      return;
    }
    rules = [...next.rules, ...kept];
    current = createRuleSet(rules);
    logger.info({ rules: rules.length, rejected, kept: kept.length, hash: current.hash }, 'rules reloaded');
  }

  return {
    get current() {
      return current;
    },
    get rejected() {
      return rejected;
    },
    reload() {
      // One after the other, so that the files as they are last are what stays.
      const reloaded = reloading.then(reload);
      reloading = reloaded.then(nothing, nothing);
      return reloaded;
    },
  };
}

const nothing = (): void => undefined;

/** Rules in force whose file, or a folder above it, can no longer be used. */
function keepBroken(old: readonly Rule[], next: readonly Rule[], problems: readonly Problem[]): readonly Rule[] {
  const broken = problems.filter(({ severity }) => severity === 'error').map(({ at }) => at.path);
  const ids = new Set(next.map(({ meta }) => meta.id));
  return old.filter(
    ({ meta }) => !ids.has(meta.id) && broken.some((path) => meta.path === path || meta.path.startsWith(`${path}/`)),
  );
}

function countErrors(problems: readonly Problem[]): number {
  return problems.filter(({ severity }) => severity === 'error').length;
}

function report(problems: readonly Problem[], logger: Logger): void {
  for (const problem of problems) {
    const kind = problem.severity === 'error' ? 'a rule is left out' : 'a rule is doubtful';
    logger.warn({ problem: formatProblem(problem) }, kind);
  }
}

function noRules(paths: readonly string[]): Problem {
  const at = { path: paths[0] ?? 'rules.paths', line: 1, column: 1 };
  return { severity: 'error', at, text: 'no rule here; rules.paths names rule files or folders of them' };
}
