import type { Command } from 'commander';
import type { RulesConfig } from '../model/config.ts';

/** What commands about rules need of their process. */
export interface RulesDeps {
  /** What a configuration file says about rules, the default one without a path. */
  configuredRules(configPath: string | undefined): Promise<RulesConfig>;
  /** The user set NO_COLOR. */
  readonly noColor: boolean;
}

export interface RuleOptions {
  readonly config?: string;
  readonly rules?: readonly string[];
}

/** Lets a command be told which rules it is about. */
export function withRuleOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration whose rules to take, and the values of their placeholders')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect);
}

/** Reads the configuration only when it is asked for, as many commands do without. */
export function configuredRulesFrom(programFolder: string): RulesDeps['configuredRules'] {
  return async (path) => {
    const { readConfig } = await import('../config/read.ts');
    return (await readConfig(path, programFolder)).rules;
  };
}

/** The rules that the options name. Rules given as paths take placeholders from a configuration that is named too. */
export async function rulesOf(
  { config, rules }: RuleOptions,
  { configuredRules }: Pick<RulesDeps, 'configuredRules'>,
): Promise<RulesConfig> {
  if (!rules) return await configuredRules(config);
  const { placeholders } = config === undefined ? noRules : await configuredRules(config);
  return { paths: rules, placeholders };
}

export const noRules: RulesConfig = { paths: [], placeholders: new Map() };

function collect(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}
