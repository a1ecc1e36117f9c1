import { Command, Option } from 'commander';
import { readConfig } from '../config/read.ts';
import { askAgent } from '../control/client.ts';
import { socketPaths } from '../control/sockets.ts';
import type { Config } from '../model/config.ts';
import { exitCode } from '../model/errors.ts';
import type { AgentStatus } from '../model/status.ts';
import { statusLines } from '../present/status.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { writeLines } from './output.ts';

interface StatusOptions {
  readonly config?: string;
  readonly stateDir?: string;
  readonly json?: true;
  readonly metrics?: true;
}

/** `sigmond status`: what the running daemon sees, drops and delivers. */
export function statusCommand(io: CommandIo, { programFolder }: { readonly programFolder: string }): Command {
  return new Command('status')
    .description('Tell what the running daemon sees, loses and delivers; exits 1 when none answers.')
    .option('-c, --config <file>', 'configuration (default: /etc/sigmond/sigmond.yaml, then config/sigmond.yaml)')
    .addOption(new Option('--state-dir <dir>', 'instead of state_dir in the configuration, as for `sigmond run`'))
    .addOption(new Option('--json', 'answer as one JSON object').conflicts('metrics'))
    .option('--metrics', 'answer as Prometheus reads it, for the textfile collector of its node exporter')
    .addHelpText('after', '\nExample:\n  $ sigmond status --json')
    .action(async (options: StatusOptions) => {
      const config = await readConfig(options.config, programFolder);
      const stateDir = options.stateDir ?? config.stateDir;
      const answer = await ask({ ...config, stateDir }, options);
      if (typeof answer === 'string') await writeLines(io.stdout, [answer]);
      else {
        await writeLines(io.stderr, answer.map(visible));
        io.setExitCode(exitCode.runtime);
      }
    });
}

/** The answer, or why there is none. */
async function ask(config: Config, { json, metrics }: StatusOptions): Promise<string | readonly string[]> {
  const tried: string[] = [];
  // An agent of one's own listens in its state folder, where another one has the system's place.
  for (const path of socketPaths(config).toReversed()) {
    try {
      const text = await askAgent(path, '/status');
      if (text === undefined) {
        tried.push(`${path}: nobody answers`);
        continue;
      }
      const status = JSON.parse(text) as AgentStatus;
      if (status.stateDir !== config.stateDir) {
        tried.push(`${path}: an agent answers whose state_dir is ${status.stateDir}, not ${config.stateDir}`);
        continue;
      }
      if (metrics) return ((await askAgent(path, '/metrics')) ?? '').trimEnd();
      return json ? text : statusLines(status).join('\n');
    } catch (error) {
      tried.push(`${path}: ${(error as Error).message}`);
    }
  }
  return ['no running sigmond can be asked; start it with: sigmond run', ...tried.map((line) => `  ${line}`)];
}
