import { Command } from 'commander';
import { exitCode, formatProblem } from '../model/errors.ts';
import type { RuleMeta } from '../model/rule.ts';
import { ruleTable } from '../present/rule-table.ts';
import { loadRules } from '../sigma/load.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { writeLines } from './output.ts';
import { type RuleOptions, type RulesDeps, rulesOf, withRuleOptions } from './rule-options.ts';
import { formatFor } from './terminal.ts';

/** `sigmond rules list`: what is loaded. */
export function rulesListCommand(io: CommandIo, deps: RulesDeps): Command {
  return withRuleOptions(new Command('list'))
    .description('List the rules that load; exits 78 when any was rejected.')
    .option('--json', 'print a JSON array, a rule on each line')
    .addHelpText('after', '\nExample:\n  $ sigmond rules list --rules /etc/sigmond/rules')
    .action(async (options: RuleOptions & { json?: true }) => {
      const rules = await rulesOf(options, deps);
      const { collection, problems } = await loadRules(rules.paths, rules);
      const correlations = collection.correlations.map(({ correlation }) => correlation);
      const metas = [...collection.rules, ...correlations].map(({ meta }) => meta);
      await writeLines(io.stderr, problems.map(formatProblem).map(visible));
      await writeLines(
        io.stdout,
        options.json
          ? ['[', metas.map((meta) => safeJson(toJson(meta))).join(',\n'), ']']
          : // What is piped to grep is there as a whole.
            ruleTable(metas, formatFor(io.stdout, deps.noColor, Number.POSITIVE_INFINITY)),
      );
      if (problems.some(({ severity }) => severity === 'error')) io.setExitCode(exitCode.config);
    });
}

function toJson({ id, title, level, status, logsource, tags, path }: RuleMeta) {
  return { id, title, level, status, logsource, tags, path };
}
