import { Command } from 'commander';
import type { CommandIo } from './io.ts';
import type { JudgeDeps } from './judged-rules.ts';
import { configuredRulesFrom } from './rule-options.ts';
import type { RunDeps } from './run.ts';

/** Builds a command; importing one brings in what it needs, so only the one that is called is imported. */
type Build = (io: CommandIo, deps: RunDeps) => Promise<Command>;

const commands: Readonly<Record<string, Build>> = {
  run: async (io, deps) => (await import('./run.ts')).runCommand(io, deps),
  check: async (io, deps) => (await import('./check.ts')).checkCommand(io, deps),
  status: async (io, deps) => (await import('./status.ts')).statusCommand(io, deps),
  replay: async (io, deps) => (await import('./replay.ts')).replayCommand(io, deps),
  match: async (io) => (await import('./match.ts')).matchCommand(io),
  async rules(io, { programFolder, noColor }) {
    const deps = {
      configuredRules: configuredRulesFrom(programFolder),
      noColor,
      ...(await judgeDeps(programFolder)),
    };
    return new Command('rules')
      .description('what is loaded, where it comes from, and what of it can fire here')
      .addCommand((await import('./rules-list.ts')).rulesListCommand(io, deps))
      .addCommand((await import('./rules-show.ts')).rulesShowCommand(io, deps))
      .addCommand((await import('./rules-verdict.ts')).rulesVerdictCommand(io, deps))
      .addCommand((await import('./rules-coverage.ts')).rulesCoverageCommand(io, deps))
      .addCommand((await import('./rules-test.ts')).rulesTestCommand(io, deps))
      .addCommand((await import('./rules-import.ts')).rulesImportCommand(io, deps));
  },
  async explain(io, { programFolder, noColor }) {
    const { explainCommand } = await import('./explain.ts');
    return explainCommand(io, { configuredRules: configuredRulesFrom(programFolder), noColor });
  },
};

async function judgeDeps(programFolder: string): Promise<JudgeDeps> {
  const { readTelemetry } = await import('./telemetry.ts');
  return {
    readTelemetry,
    async readConfig(path) {
      const { readConfig } = await import('../config/read.ts');
      return readConfig(path, programFolder);
    },
  };
}

/**
 * The program with the command that is called, or with all of them where that is not known (help, a typing error).
 *
 * @param called the first argument
 */
export async function createProgram(io: CommandIo, deps: RunDeps, called: string | undefined): Promise<Command> {
  const program = new Command('sigmond')
    .description('A Sigma-native endpoint agent for Linux: audit records and /proc in, Sigma alerts out.')
    .version(deps.agentVersion)
    .addHelpText('after', '\nExample:\n  sigmond replay --output table /var/log/audit/audit.log');
  const only = called !== undefined && Object.hasOwn(commands, called) ? commands[called] : undefined;
  for (const build of only ? [only] : Object.values(commands)) program.addCommand(await build(io, deps));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((sub) => sub.commands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    });
  }
  return program;
}
