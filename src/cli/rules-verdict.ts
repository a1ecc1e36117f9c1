import { Command } from 'commander';
import { exitCode } from '../model/errors.ts';
import type { RuleVerdict } from '../model/verdict.ts';
import { detailLines, verdictLines } from '../present/verdicts.ts';
import { findDocuments } from '../sigma/find-document.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { type JudgeDeps, judgedRules } from './judged-rules.ts';
import { writeLines } from './output.ts';
import { type RuleOptions, withRuleOptions } from './rule-options.ts';
import { formatFor } from './terminal.ts';

/** `sigmond rules verdict`: which rules can fire on this host, and why the others cannot. */
export function rulesVerdictCommand(io: CommandIo, deps: JudgeDeps & { readonly noColor: boolean }): Command {
  return withRuleOptions(new Command('verdict'))
    .description('Say for every rule whether it can fire on this host, and why not.')
    .argument('[rules...]', 'only these: an id, a file or a part of the title each')
    .option('--json', 'print a JSON array')
    .addHelpText('after', help)
    .action(async (wanted: readonly string[], options: RuleOptions & { readonly json?: true }) => {
      io.setExitCode(await printVerdicts(wanted, options, deps, io));
    });
}

const help = `
Judges by the configuration and by the audit rules that are loaded, for which it has to be root. The exit code is 0
whatever the verdicts are, 64 when an argument means no rule, and 78 when no rule could be loaded.

Example:
  $ sigmond rules verdict --rules /etc/sigmond/rules`;

/** @returns the exit code */
async function printVerdicts(
  wanted: readonly string[],
  { json, ...options }: RuleOptions & { readonly json?: true },
  deps: JudgeDeps & { readonly noColor: boolean },
  io: CommandIo,
): Promise<number> {
  const all = await judgedRules(options, deps, io);
  if (all.length === 0) return exitCode.config;
  const chosen = new Set<RuleVerdict>();
  for (const name of wanted) {
    const found = findDocuments(name, all);
    if (found.length === 0) {
      await writeLines(io.stderr, [visible(`'${name}' is no id, file or part of a title of the rules loaded`)]);
      return exitCode.usage;
    }
    for (const verdict of found) chosen.add(verdict);
  }
  const verdicts = wanted.length === 0 ? all : all.filter((verdict) => chosen.has(verdict));
  const { columns } = formatFor(io.stdout, deps.noColor);
  const lines = wanted.length === 0 ? verdictLines(verdicts, columns) : detailLines(verdicts, columns);
  await writeLines(io.stdout, json ? jsonLines(verdicts) : lines);
  return exitCode.ok;
}

/** An array, a rule on each line. */
function jsonLines(verdicts: readonly RuleVerdict[]): readonly string[] {
  const objects = verdicts.map(({ meta: { id, title }, verdict, reasons }) =>
    safeJson({ id, title, verdict, reasons }),
  );
  return ['[', objects.join(',\n'), ']'];
}
