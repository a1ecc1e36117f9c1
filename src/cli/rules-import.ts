import { basename, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../host/clock.ts';
import { type OtherTree, otherTrees } from '../import/layout.ts';
import type { RulesConfig } from '../model/config.ts';
import { ConfigError, exitCode, SourceError } from '../model/errors.ts';
import { type ImportReport, importRules } from '../rules-import.ts';
import { link } from '../sigma/link.ts';
import { createReport } from '../sigma/report.ts';
import { judge } from '../verdict/verdict.ts';
import { type Into, importJson, importLines, importProblems, leftOutLines, rulesAfter } from './import-report.ts';
import type { CommandIo } from './io.ts';
import type { JudgeDeps } from './judged-rules.ts';
import { writeLines } from './output.ts';
import { noRules, type RulesDeps } from './rule-options.ts';

interface ImportOptions {
  readonly into?: string;
  readonly config?: string;
  readonly allProducts?: true;
  readonly with?: readonly OtherTree[];
  readonly force?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

type ImportDeps = Pick<RulesDeps, 'configuredRules'> & JudgeDeps;

/** `sigmond rules import`: brings rules in from a folder or an archive. */
export function rulesImportCommand(io: CommandIo, deps: ImportDeps): Command {
  return new Command('import')
    .description('Bring in rules from a folder, a git checkout or a zip archive such as SigmaHQ releases.')
    .argument('<source>', 'folder or zip archive')
    .option('--into <dir>', 'where to: a folder of its own (default: imported/NAME below the first of rules.paths)')
    .option('-c, --config <file>', 'configuration whose rules.paths are meant')
    .option('--all-products', 'also rules for other products than Linux')
    .option('--with <tree>', `also rules of this tree: ${otherTrees.join(', ')}; may be repeated`, collect)
    .option('--force', "take the source's files also where they were edited or deleted here")
    .option('--dry-run', 'only say what would change')
    .option('--json', 'answer as one JSON object')
    .addHelpText('after', help)
    .action(async (source: string, options: ImportOptions) => {
      const { paths, placeholders } = await rulesOrNone(options, deps);
      const target = resolve(options.into ?? defaultTarget(paths, source));
      const isRead = paths.some((path) => `${target}/`.startsWith(`${resolve(path)}/`));
      const report = await importRules(
        {
          source,
          target,
          rules: { paths: isRead ? paths : [], placeholders },
          allProducts: options.allProducts ?? false,
          trees: new Set(options.with),
          force: options.force ?? false,
          dryRun: options.dryRun ?? false,
        },
        systemClock.nowMs(),
      );
      const cannotFire = await countIdle(report, options.config, deps);
      const into = { target, isRead, dryRun: options.dryRun ?? false, cannotFire };
      io.setExitCode(await answer(report, into, options.json ?? false, io));
    });
}

const help = `
Of SigmaHQ's trees those are brought in that are meant for use, and of their rules those for Linux or for no product.
Rules that do not load are named and left out. The folder is replaced as a whole, and the next import into it names
what was edited or deleted there since and leaves that as it is.

Example:
  $ sigmond rules import sigma_core.zip
  $ systemctl reload sigmond`;

function collect(tree: string, before: readonly OtherTree[] = []): readonly OtherTree[] {
  const known = otherTrees.find((other) => other === tree);
  if (!known) throw new InvalidArgumentError(`It is one of ${otherTrees.join(', ')}.`);
  return [...before, known];
}

/** Without a configuration of that name --into still says where. */
async function rulesOrNone({ config, into }: ImportOptions, { configuredRules }: ImportDeps): Promise<RulesConfig> {
  try {
    return await configuredRules(config);
  } catch (error) {
    if (config === undefined && into !== undefined && error instanceof ConfigError) return noRules;
    throw error;
  }
}

function defaultTarget(rulePaths: readonly string[], source: string): string {
  const folder = rulePaths.find((path) => !/\.ya?ml$/i.test(path));
  if (folder === undefined) throw new SourceError('rules.paths names no folder; say where to with --into DIR');
  const name = basename(resolve(source)).replace(/\.zip$/i, '');
  return join(folder, 'imported', name.replace(/^\.+/, '') || 'rules');
}

/** How many of the rules that were brought in cannot fire here; undefined where no configuration says what this host tells. */
async function countIdle(
  { documents, beside }: ImportReport,
  configPath: string | undefined,
  { readConfig, readTelemetry }: ImportDeps,
): Promise<number | undefined> {
  try {
    const telemetry = await readTelemetry(await readConfig(configPath));
    const imported = new Set(documents.map(({ meta }) => meta.id));
    const verdicts = judge(link([...beside, ...documents], createReport()), telemetry);
    return verdicts.filter(({ meta, verdict }) => verdict === 'cannot-fire' && imported.has(meta.id)).length;
  } catch (error) {
    // Without a configuration --into says where to, and that is enough.
    if (!(error instanceof ConfigError) || configPath !== undefined) throw error;
    return undefined;
  }
}

/** @returns the exit code */
async function answer(report: ImportReport, into: Into, asJson: boolean, io: CommandIo): Promise<number> {
  const isEmpty = rulesAfter(report.changes) === 0;
  const nothing = isEmpty
    ? ['no rule of this source can be used here; nothing was changed', ...leftOutLines(report)]
    : [];
  await writeLines(io.stderr, [...importProblems(report, into), ...nothing]);
  const lines = isEmpty ? [] : importLines(report, into);
  await writeLines(io.stdout, asJson ? [importJson(report, into)] : lines);
  return isEmpty ? exitCode.runtime : exitCode.ok;
}
