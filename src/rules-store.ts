import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Counters } from './host/counters.ts';
import type { Logger } from './host/logger.ts';
import type { CostClock } from './matching/quarantine.ts';
import type { RulesConfig } from './model/config.ts';
import { ConfigError, formatProblem } from './model/errors.ts';
import type { Problem } from './model/rule.ts';
import type { Logsource } from './model/sigma-event.ts';
import { buildRuleSet, createRuleSet, type RuleSet, type RuleSetOptions } from './rule-set.ts';
import { loadRules } from './sigma/load.ts';
import type { RuleCollection } from './sigma/rule.ts';

/** The rules in force, replaced as a whole by a reload; correlations that stay the same keep what they have seen. */
export interface RuleStore {
  readonly current: RuleSet;
  readonly rejected: number;
  /**
   * Loads the paths again; rules of a file that is now bad stay as they were, and all of them when none is left. Until the
   * new set is whole the old one is in force, and events pass while it is made.
   */
  reload(): Promise<void>;
}

/**
 * @param clock tells what rules cost: see RuleSetOptions
 * @throws ConfigError when no rule at all could be loaded
 */
export async function openRuleStore(
  { paths, placeholders }: RulesConfig,
  logger: Logger,
  counters: Counters,
  clock?: CostClock,
): Promise<RuleStore> {
  const options: RuleSetOptions = { counters, ...(clock && { clock }) };
  const loaded = await loadRules(paths, { placeholders });
  if (isEmpty(loaded.collection))
    throw new ConfigError(loaded.problems.length > 0 ? loaded.problems : [noRules(paths)]);
  report(loaded.problems, logger);
  let { documents } = loaded;
  let current = createRuleSet(loaded.collection, options);
  let rejected = countErrors(loaded.problems);
  let reloading: Promise<void> = Promise.resolve();

  async function reload(): Promise<void> {
    const next = await loadRules(paths, { placeholders, inForce: documents });
    report(next.problems, logger);
    rejected = countErrors(next.problems);
    if (isEmpty(next.collection)) {
      logger.error({ problem: formatProblem(noRules(paths)) }, 'no rule could be loaded; the old ones stay');
      return;
    }
    const replacement = await build(next.collection, options, current.logsources);
    documents = next.documents;
    // At once with the change of sets, so that no event falls between.
    const before = current.correlations?.snapshot();
    if (before) replacement.correlations?.restore(before);
    current = replacement;
    const { kept } = next;
    logger.info({ rules: current.rules.length, rejected, kept: kept.length, hash: current.hash }, 'rules reloaded');
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

/** Makes a set with the indexes that the one before it had to have, so that the first event does not wait for them. */
async function build(
  collection: RuleCollection,
  options: RuleSetOptions,
  logsources: readonly Logsource[],
): Promise<RuleSet> {
  const steps = buildRuleSet(collection, options);
  for (let count = 1; ; count++) {
    const step = steps.next();
    if (step.done) {
      for (const logsource of logsources) {
        await nextTurn();
        step.value.wants(logsource);
      }
      return step.value;
    }
    if (count % stepsATurn === 0) await nextTurn();
  }
}

/** Together a few milliseconds at most. */
const stepsATurn = 16;

function isEmpty({ rules, correlations }: RuleCollection): boolean {
  return rules.length + correlations.length === 0;
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
