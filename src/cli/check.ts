import { Command } from 'commander';
import { readConfig } from '../config/read.ts';
import type { Config } from '../model/config.ts';
import { ConfigError, exitCode, formatProblem } from '../model/errors.ts';
import type { Problem } from '../model/rule.ts';
import { loadRules } from '../sigma/load.ts';
import type { RuleCollection } from '../sigma/rule.ts';
import { counted } from '../text/counted.ts';
import { visible } from '../text/visible.ts';
import { judge } from '../verdict/verdict.ts';
import type { CommandIo } from './io.ts';
import { createLineOutput } from './output.ts';
import { configuredTelemetry } from './telemetry.ts';

/** What `check` finds; counts are of what would run. */
interface Findings {
  /** The configuration's path, undefined when it could not be loaded. */
  readonly path: string | undefined;
  readonly problems: readonly Problem[];
  readonly rules: number;
  /** Rules that could not fire here whatever audit rules were loaded. */
  readonly idle: number;
  readonly sinks: number;
}

/** `sigmond check`; `programFolder` is where main runs from, and leads to the default configuration. */
export function checkCommand(io: CommandIo, { programFolder }: { readonly programFolder: string }): Command {
  return new Command('check')
    .description('Check the configuration and its rules; prints every problem as path:line:column: text.')
    .option('-c, --config <file>', 'configuration (default: /etc/sigmond/sigmond.yaml, then config/sigmond.yaml)')
    .option('--json', 'answer as one JSON object')
    .addHelpText('after', help)
    .action(async ({ config, json }: { readonly config?: string; readonly json?: true }) => {
      const findings = await check(config, programFolder);
      const output = createLineOutput(io.stdout);
      for (const line of json ? [asJson(findings)] : asText(findings)) output.line(line);
      await output.end();
      io.setExitCode(isOk(findings) ? exitCode.ok : exitCode.config);
    });
}

const help = `
The exit code is 0 when all is well or there are only warnings, else 78. sigmond runs with the rules that are good,
however many are bad; with none at all, or with a bad configuration, it does not start.

Example:
  $ sigmond check -c config/sigmond.yaml`;

async function check(path: string | undefined, programFolder: string): Promise<Findings> {
  try {
    const config = await readConfig(path, programFolder);
    const { collection, problems } = await loadRules(config.rules.paths, config.rules);
    const rules = collection.rules.length + collection.correlations.length;
    const at = { path: config.path, line: 1, column: 1 };
    const none: Problem = {
      severity: 'error',
      at,
      text: 'no rule here; rules.paths names rule files or folders of them',
    };
    return {
      path: config.path,
      problems: [...config.warnings, ...problems, ...(rules === 0 && problems.length === 0 ? [none] : [])],
      rules,
      idle: countIdle(collection, config),
      sinks: config.sinks.length,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { path: undefined, problems: error.problems, rules: 0, idle: 0, sinks: 0 };
  }
}

/** By the configuration alone: check runs no programs. */
function countIdle(collection: RuleCollection, config: Config): number {
  return judge(collection, configuredTelemetry(config)).filter(({ verdict }) => verdict === 'cannot-fire').length;
}

function isOk({ problems }: Findings): boolean {
  return problems.every(({ severity }) => severity === 'warning');
}

function asText(findings: Findings): readonly string[] {
  // Problems quote the files that they are about.
  const lines = findings.problems.map((problem) => visible(formatProblem(problem)));
  if (isOk(findings)) {
    lines.push(`${findings.path}: ok, ${counted(findings.rules, 'rule')}, ${counted(findings.sinks, 'sink')}`);
    const { idle, rules } = findings;
    if (idle > 0) lines.push(`${idle} of ${counted(rules, 'rule')} cannot fire here: sigmond rules verdict`);
  }
  return lines;
}

function asJson(findings: Findings): string {
  const { problems, rules, idle, sinks } = findings;
  const flat = problems.map(({ severity, at, text }) => ({ severity, ...at, text }));
  return JSON.stringify({ ok: isOk(findings), problems: flat, rules, cannotFire: idle, sinks });
}
