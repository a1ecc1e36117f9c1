import type { Config } from '../model/config.ts';
import { formatProblem } from '../model/errors.ts';
import type { RuleVerdict } from '../model/verdict.ts';
import { loadRules } from '../sigma/load.ts';
import { visible } from '../text/visible.ts';
import type { Telemetry } from '../verdict/telemetry.ts';
import { judge } from '../verdict/verdict.ts';
import type { CommandIo } from './io.ts';
import { writeLines } from './output.ts';
import type { RuleOptions } from './rule-options.ts';

/** What commands that judge rules need of the world. */
export interface JudgeDeps {
  /** The configuration at a path, or the default one. */
  readConfig(path: string | undefined): Promise<Config>;
  readTelemetry(config: Config): Promise<Telemetry>;
}

/** Loads and judges the rules; says on standard error what is wrong with them. Empty where no rule could be loaded. */
export async function judgedRules(
  { config: path, rules }: RuleOptions,
  { readConfig, readTelemetry }: JudgeDeps,
  io: CommandIo,
): Promise<readonly RuleVerdict[]> {
  const config = await readConfig(path);
  const { collection, problems } = await loadRules(rules ?? config.rules.paths, {
    placeholders: config.rules.placeholders,
  });
  await writeLines(io.stderr, problems.map(formatProblem).map(visible));
  return judge(collection, await readTelemetry(config));
}
