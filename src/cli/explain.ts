import { Command } from 'commander';
import { explain } from '../matching/explain.ts';
import { exitCode } from '../model/errors.ts';
import { explanationLines } from '../present/explanation.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import { readEventArgument } from './event-argument.ts';
import type { CommandIo } from './io.ts';
import { writeLines } from './output.ts';
import { findRule, ruleArgument } from './rule-argument.ts';
import { type RuleOptions, type RulesDeps, rulesOf, withRuleOptions } from './rule-options.ts';
import { formatFor } from './terminal.ts';

/** `sigmond explain`: why a rule did or did not match an event. */
export function explainCommand(io: CommandIo, deps: RulesDeps): Command {
  return withRuleOptions(new Command('explain'))
    .description('Explain why a rule did or did not match an event: each part of its condition, held or not.')
    .argument('<rule>', ruleArgument)
    .argument('<event>', 'a file with an event or an alert as JSON, FILE:LINE of JSON Lines, or - for standard input')
    .option('--json', 'print one JSON object')
    .addHelpText('after', help)
    .action(async (wanted: string, argument: string, options: RuleOptions & { json?: true }) => {
      const found = await findRule(wanted, await rulesOf(options, deps));
      if ('complaint' in found) return fail(io, found.complaint, found.exitCode);
      const event = await readEventArgument(argument, io.stdin);
      if (typeof event === 'string') return fail(io, [event], exitCode.usage);
      const { document, loaded } = found;
      const explanation = explain(document, loaded.collection, event);
      const titles = new Map(loaded.collection.filters.map(({ meta: { id, title } }) => [id, title]));
      await writeLines(
        io.stdout,
        options.json
          ? [safeJson(explanation)]
          : explanationLines(explanation, formatFor(io.stdout, deps.noColor), titles),
      );
      io.setExitCode(explanation.matched ? exitCode.ok : exitCode.runtime);
    });
}

const help = `
The exit code is 0 when the rule matches and 1 when it does not; 64 when there is no such rule or event, and 78 when
the rule cannot be loaded. Of a correlation its rules are explained, for it counts over many events.

Example:
  $ sigmond replay --output events /var/log/audit/audit.log > events.jsonl
  $ sigmond explain "opens a terminal" events.jsonl:7`;

async function fail(io: CommandIo, complaint: readonly string[], code: number): Promise<void> {
  await writeLines(io.stderr, complaint.map(visible));
  io.setExitCode(code);
}
