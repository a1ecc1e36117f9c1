import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { exitCode, SourceError } from '../model/errors.ts';
import { attackLayer } from '../pages/attack-layer.ts';
import type { CommandIo } from './io.ts';
import { type JudgeDeps, judgedRules } from './judged-rules.ts';
import { writeLines } from './output.ts';
import { type RuleOptions, withRuleOptions } from './rule-options.ts';

/** `sigmond rules coverage`: the techniques that the rules are about, for the ATT&CK Navigator. */
export function rulesCoverageCommand(io: CommandIo, deps: JudgeDeps): Command {
  return withRuleOptions(new Command('coverage'))
    .description('Write the techniques of the rules as a layer of the MITRE ATT&CK Navigator.')
    .option('--output <file>', 'where to write instead of standard output')
    .addHelpText('after', help)
    .action(async ({ output, ...options }: RuleOptions & { readonly output?: string }) => {
      io.setExitCode(await writeLayer(output, options, deps, io));
    });
}

const help = `
The score of a technique is the number of rules that can fire on this host: see rules verdict. Open the file in the
Navigator with "Open Existing Layer". The exit code is 78 when no rule could be loaded.

Example:
  $ sigmond rules coverage --output layer.json`;

/** @returns the exit code */
async function writeLayer(
  path: string | undefined,
  options: RuleOptions,
  deps: JudgeDeps,
  io: CommandIo,
): Promise<number> {
  const verdicts = await judgedRules(options, deps, io);
  if (verdicts.length === 0) return exitCode.config;
  const text = JSON.stringify(attackLayer(verdicts), null, 2);
  if (path !== undefined && path !== '-') await writeTo(path, text);
  else await writeLines(io.stdout, [text]);
  return exitCode.ok;
}

async function writeTo(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, `${text}\n`);
  } catch (error) {
    throw new SourceError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
