import { Command } from 'commander';
import { exitCode, formatProblem } from '../model/errors.ts';
import type { RuleMeta } from '../model/rule.ts';
import { loadRules } from '../sigma/load.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { createLineOutput } from './output.ts';

/**
 * `sigmond rules list`: what is loaded.
 *
 * @param configuredRules the rule paths of a configuration file, of the default one without a path
 */
export function rulesListCommand(
  io: CommandIo,
  configuredRules: (configPath: string | undefined) => Promise<readonly string[]>,
): Command {
  return new Command('list')
    .description('List the rules that load; exits 78 when any was rejected.')
    .option('-c, --config <file>', 'configuration whose rules to list')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect)
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  $ sigmond rules list --rules /etc/sigmond/rules')
    .action(async (options: { config?: string; rules?: string[]; json?: true }) => {
      const { collection, problems } = await loadRules(options.rules ?? (await configuredRules(options.config)));
      const correlations = collection.correlations.map(({ correlation }) => correlation);
      const metas = [...collection.rules, ...correlations].map(({ meta }) => meta);
      await writeLines(io.stderr, problems.map(formatProblem).map(visible));
      await writeLines(io.stdout, options.json ? [JSON.stringify(metas.map(toJson), null, 2)] : table(metas));
      if (problems.some(({ severity }) => severity === 'error')) io.setExitCode(exitCode.config);
    });
}

function collect(path: string, before: string[] = []): string[] {
  return [...before, path];
}

async function writeLines(stream: NodeJS.WritableStream, lines: readonly string[]): Promise<void> {
  const output = createLineOutput(stream);
  for (const line of lines) output.line(line);
  await output.end();
}

function toJson({ id, title, level, status, logsource, tags, path }: RuleMeta) {
  return { id, title, level, status, logsource, tags, path };
}

function table(rules: readonly RuleMeta[]): string[] {
  const rows = rules.map(({ level, id, title, logsource: { product, category, service } }) =>
    [level, id, title, [product, category, service].filter(Boolean).join('/')].map(visible),
  );
  const cells = [['LEVEL', 'ID', 'TITLE', 'LOGSOURCE'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
