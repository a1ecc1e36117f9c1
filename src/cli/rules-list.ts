import { Command } from 'commander';
import { exitCode, formatProblem } from '../model/errors.ts';
import type { RuleMeta } from '../model/rule.ts';
import { ruleTable } from '../present/rule-table.ts';
import { loadRules } from '../sigma/load.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { writeLines } from './output.ts';
import type { RulesShowDeps } from './rules-show.ts';
import { formatFor } from './terminal.ts';

/** `sigmond rules list`: what is loaded. */
export function rulesListCommand(io: CommandIo, { configuredRules, noColor }: RulesShowDeps): Command {
  return new Command('list')
    .description('List the rules that load; exits 78 when any was rejected.')
    .option('-c, --config <file>', 'configuration whose rules to list')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect)
    .option('--json', 'print a JSON array, a rule on each line')
    .addHelpText('after', '\nExample:\n  $ sigmond rules list --rules /etc/sigmond/rules')
    .action(async (options: { config?: string; rules?: string[]; json?: true }) => {
      const { collection, problems } = await loadRules(options.rules ?? (await configuredRules(options.config)));
      const correlations = collection.correlations.map(({ correlation }) => correlation);
      const metas = [...collection.rules, ...correlations].map(({ meta }) => meta);
      await writeLines(io.stderr, problems.map(formatProblem).map(visible));
      await writeLines(
        io.stdout,
        options.json
          ? ['[', metas.map((meta) => safeJson(toJson(meta))).join(',\n'), ']']
          : // What is piped to grep is there as a whole.
            ruleTable(metas, formatFor(io.stdout, noColor, Number.POSITIVE_INFINITY)),
      );
      if (problems.some(({ severity }) => severity === 'error')) io.setExitCode(exitCode.config);
    });
}

function collect(path: string, before: string[] = []): string[] {
  return [...before, path];
}

function toJson({ id, title, level, status, logsource, tags, path }: RuleMeta) {
  return { id, title, level, status, logsource, tags, path };
}
