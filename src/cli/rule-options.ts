import type { Command } from 'commander';

/** What commands about rules need of their process. */
export interface RulesDeps {
  /** The rule paths of a configuration file, of the default one without a path. */
  configuredRules(configPath: string | undefined): Promise<readonly string[]>;
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
    .option('-c, --config <file>', 'configuration whose rules to take')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect);
}

/** The rule files and folders that the options name. */
export async function rulePathsOf(options: RuleOptions, { configuredRules }: RulesDeps): Promise<readonly string[]> {
  return options.rules ?? (await configuredRules(options.config));
}

function collect(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}
