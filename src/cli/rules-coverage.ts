import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { exitCode, SourceError } from '../model/errors.ts';
import { attackLayer } from '../sigma/attack-layer.ts';
import type { CommandIo } from './io.ts';
import { type JudgeDeps, type JudgeOptions, judgedRules } from './judged-rules.ts';
import { createLineOutput } from './output.ts';

/** `sigmond rules coverage`: the techniques that the rules are about, for the ATT&CK Navigator. */
export function rulesCoverageCommand(io: CommandIo, deps: JudgeDeps): Command {
  return new Command('coverage')
    .description('Write the techniques of the rules as a layer of the MITRE ATT&CK Navigator.')
    .option('-c, --config <file>', 'configuration (default: /etc/sigmond/sigmond.yaml, then config/sigmond.yaml)')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect)
    .option('--output <file>', 'where to write instead of standard output')
    .addHelpText('after', help)
    .action(async ({ output, ...options }: JudgeOptions & { readonly output?: string }) => {
      io.setExitCode(await writeLayer(output, options, deps, io));
    });
}

const help = `
The score of a technique is the number of rules that can fire on this host: see rules verdict. Open the file in the
Navigator with "Open Existing Layer". The exit code is 78 when no rule could be loaded.

Example:
  $ sigmond rules coverage --output layer.json`;

function collect(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

/** @returns the exit code */
async function writeLayer(
  path: string | undefined,
  options: JudgeOptions,
  deps: JudgeDeps,
  io: CommandIo,
): Promise<number> {
  const verdicts = await judgedRules(options, deps, io);
  if (verdicts.length === 0) return exitCode.config;
  const text = JSON.stringify(attackLayer(verdicts), null, 2);
  if (path !== undefined && path !== '-') await writeTo(path, text);
  else {
    const output = createLineOutput(io.stdout);
    output.line(text);
    await output.end();
  }
  return exitCode.ok;
}

async function writeTo(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, `${text}\n`);
  } catch (error) {
    throw new SourceError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
