import { resolve } from 'node:path';
import { Command } from 'commander';
import { exitCode } from '../model/errors.ts';
import type { RuleVerdict } from '../model/verdict.ts';
import { detailLines, verdictLines } from '../present/verdicts.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { type JudgeDeps, type JudgeOptions, judgedRules } from './judged-rules.ts';
import { createLineOutput } from './output.ts';

/** `sigmond rules verdict`: which rules can fire on this host, and why the others cannot. */
export function rulesVerdictCommand(io: CommandIo, deps: JudgeDeps): Command {
  return new Command('verdict')
    .description('Say for every rule whether it can fire on this host, and why not.')
    .argument('[rules...]', 'only these: id, file or a part of the title')
    .option('-c, --config <file>', 'configuration (default: /etc/sigmond/sigmond.yaml, then config/sigmond.yaml)')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect)
    .option('--json', 'print a JSON array')
    .addHelpText('after', help)
    .action(async (wanted: readonly string[], options: JudgeOptions & { readonly json?: true }) => {
      io.setExitCode(await printVerdicts(wanted, options, deps, io));
    });
}

const help = `
Judges by the configuration and by the audit rules that are loaded, which takes root. The exit code is 0 whatever the
verdicts are, 64 when no rule has a name that is asked for, and 78 when no rule could be loaded.

Example:
  $ sigmond rules verdict --rules /etc/sigmond/rules`;

function collect(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

/** @returns the exit code */
async function printVerdicts(
  wanted: readonly string[],
  { json, ...options }: JudgeOptions & { readonly json?: true },
  deps: JudgeDeps,
  io: CommandIo,
): Promise<number> {
  const all = await judgedRules(options, deps, io);
  if (all.length === 0) return exitCode.config;
  const unknown = wanted.find((name) => !all.some((verdict) => isMeant(verdict, name)));
  if (unknown !== undefined) {
    io.stderr.write(`no rule has the id, the file or the title '${visible(unknown)}'\n`);
    return exitCode.usage;
  }
  const verdicts = wanted.length === 0 ? all : all.filter((verdict) => wanted.some((name) => isMeant(verdict, name)));
  const output = createLineOutput(io.stdout);
  const lines = wanted.length === 0 ? verdictLines(verdicts) : detailLines(verdicts);
  for (const line of json ? [JSON.stringify(verdicts.map(toJson), null, 2)] : lines) output.line(line);
  await output.end();
  return exitCode.ok;
}

function isMeant({ meta: { id, title, path } }: RuleVerdict, name: string): boolean {
  return id === name || resolve(path) === resolve(name) || title.toLowerCase().includes(name.toLowerCase());
}

function toJson({ meta: { id, title }, verdict, reasons }: RuleVerdict) {
  return { id, title, verdict, reasons };
}
