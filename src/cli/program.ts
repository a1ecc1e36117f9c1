import { Command } from 'commander';
import { readConfig } from '../config/read.ts';
import { checkCommand } from './check.ts';
import type { CommandIo } from './io.ts';
import { matchCommand } from './match.ts';
import { replayCommand } from './replay.ts';
import { rulesListCommand } from './rules-list.ts';
import { type RunDeps, runCommand } from './run.ts';

/** All commands of the executable. */
export function createProgram(io: CommandIo, deps: RunDeps): Command {
  const configuredRules = async (path: string | undefined): Promise<readonly string[]> =>
    (await readConfig(path, deps.programFolder)).rules.paths;
  const program = new Command('sigmond')
    .description('A Sigma-native endpoint agent for Linux: audit records and /proc in, Sigma alerts out.')
    .version(deps.agentVersion)
    .addHelpText('after', '\nExample:\n  sigmond replay --output table /var/log/audit/audit.log');
  program.addCommand(runCommand(io, deps));
  program.addCommand(checkCommand(io, deps));
  program.addCommand(replayCommand(io, deps));
  program.addCommand(matchCommand(io));
  program.addCommand(
    new Command('rules').description('what is loaded').addCommand(rulesListCommand(io, configuredRules)),
  );
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    });
  }
  return program;
}
