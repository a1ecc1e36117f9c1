import { Command } from 'commander';
import { rulePageLines } from '../present/rule-page.ts';
import { pageOf } from '../sigma/page.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { writeLines } from './output.ts';
import { findRule } from './rule-argument.ts';
import { formatFor } from './terminal.ts';

export interface RulesShowDeps {
  /** The rule paths of a configuration file, of the default one without a path. */
  configuredRules(configPath: string | undefined): Promise<readonly string[]>;
  /** The user set NO_COLOR. */
  readonly noColor: boolean;
}

/** `sigmond rules show`: a rule's page. */
export function rulesShowCommand(io: CommandIo, { configuredRules, noColor }: RulesShowDeps): Command {
  return new Command('show')
    .description("Show a rule's page: all that a reader needs to trust it.")
    .argument('<rule>', 'an id, a file or a part of the title that only one rule has')
    .option('-c, --config <file>', 'configuration whose rules to search')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect)
    .option('--json', 'print one JSON object')
    .addHelpText('after', help)
    .action(async (wanted: string, options: { config?: string; rules?: string[]; json?: true }) => {
      const found = await findRule(wanted, options.rules ?? (await configuredRules(options.config)));
      if ('complaint' in found) {
        await writeLines(io.stderr, found.complaint.map(visible));
        io.setExitCode(found.exitCode);
        return;
      }
      const { document, loaded, warnings } = found;
      const page = pageOf(document, loaded, {
        attack: [],
        eventCoverage: { verdict: 'unknown', reasons: [], fields: [] },
      });
      await writeLines(io.stderr, warnings.map(visible));
      await writeLines(io.stdout, options.json ? [safeJson(page)] : rulePageLines(page, formatFor(io.stdout, noColor)));
    });
}

function collect(path: string, before: string[] = []): string[] {
  return [...before, path];
}

const help = `
The exit code is 64 when no rule or more than one is meant, and 78 when the rule cannot be loaded.

Example:
  $ sigmond rules show "opens a terminal"`;
