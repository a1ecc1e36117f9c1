import { Command } from 'commander';
import { ConfigError } from '../model/errors.ts';
import type { EventCoverage } from '../model/rule-page.ts';
import { pageOf } from '../pages/page.ts';
import { rulePageLines } from '../present/rule-page.ts';
import type { Document, RuleCollection } from '../sigma/rule.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import { judge } from '../verdict/verdict.ts';
import type { CommandIo } from './io.ts';
import type { JudgeDeps } from './judged-rules.ts';
import { writeLines } from './output.ts';
import { findRule, ruleArgument } from './rule-argument.ts';
import { type RuleOptions, type RulesDeps, rulesOf, withRuleOptions } from './rule-options.ts';
import { formatFor } from './terminal.ts';

/** `sigmond rules show`: a rule's page. */
export function rulesShowCommand(io: CommandIo, deps: RulesDeps & JudgeDeps): Command {
  return withRuleOptions(new Command('show'))
    .description("Show a rule's page: all that a reader needs to trust it.")
    .argument('<rule>', ruleArgument)
    .option('--json', 'print one JSON object')
    .addHelpText('after', help)
    .action(async (wanted: string, options: RuleOptions & { json?: true }) => {
      const found = await findRule(wanted, await rulesOf(options, deps));
      if ('complaint' in found) {
        await writeLines(io.stderr, found.complaint.map(visible));
        io.setExitCode(found.exitCode);
        return;
      }
      const { document, loaded, warnings } = found;
      const page = pageOf(document, loaded, await verdictOf(document, loaded.collection, options.config, deps));
      await writeLines(io.stderr, warnings.map(visible));
      await writeLines(
        io.stdout,
        options.json ? [safeJson(page)] : rulePageLines(page, formatFor(io.stdout, deps.noColor)),
      );
    });
}

const help = `
The exit code is 64 when no rule or more than one is meant, and 78 when the rule cannot be loaded.

Example:
  $ sigmond rules show "opens a terminal"`;

async function verdictOf(
  { kind, meta }: Document,
  { rules, correlations }: RuleCollection,
  configPath: string | undefined,
  { readConfig, readTelemetry }: JudgeDeps,
): Promise<Pick<EventCoverage, 'verdict' | 'reasons'>> {
  try {
    const telemetry = await readTelemetry(await readConfig(configPath));
    // Rules are judged each on its own, correlations by theirs.
    const judged = kind === 'rule' ? rules.filter((rule) => rule.meta.id === meta.id) : rules;
    const verdict = judge({ rules: judged, correlations }, telemetry).find((one) => one.meta.id === meta.id);
    return { verdict: verdict?.verdict ?? 'unknown', reasons: verdict?.reasons.map(({ text }) => text) ?? [] };
  } catch (error) {
    // The page of a rule file needs no configuration, unless one is named.
    if (!(error instanceof ConfigError) || configPath !== undefined) throw error;
    return { verdict: 'unknown', reasons: ['without a configuration it is not known what this host tells'] };
  }
}
