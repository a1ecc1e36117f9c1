import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { type Counters, createCounters } from '../host/counters.ts';
import type { Matchable } from '../matching/event-view.ts';
import type { RulesConfig } from '../model/config.ts';
import { exitCode, formatProblem } from '../model/errors.ts';
import { createRuleSet, type RuleSet } from '../rule-set.ts';
import { loadRules } from '../sigma/load.ts';
import { counted } from '../text/counted.ts';
import { visible } from '../text/visible.ts';
import { correlationLosses } from './correlation-losses.ts';
import { createEventTimes } from './event-times.ts';
import type { CommandIo } from './io.ts';
import { readJsonEvent } from './json-event.ts';
import { readLines } from './lines.ts';
import { createLineOutput, type LineOutput } from './output.ts';
import { configuredRulesFrom, rulesOf } from './rule-options.ts';

/** `sigmond match`: JSON events from anywhere against rules. */
export function matchCommand(io: CommandIo): Command {
  return new Command('match')
    .description('Match JSON events, one a line, against Sigma rules; prints which rules matched which line.')
    .argument('[file]', 'file of events; - or nothing reads standard input', '-')
    .requiredOption('--rules <path>', 'rule file or folder, read recursively; may be repeated', collect)
    .option('-c, --config <file>', 'configuration whose rules.placeholders the rules take; nothing else of it counts')
    .option('--strict', "only the Sigma specification's meaning (nothing to switch off yet: there are no extensions)")
    .addHelpText('after', help)
    .action(async (file: string, options: { rules: string[]; config?: string }) => {
      const problems = createLineOutput(io.stderr);
      const counters = createCounters();
      // Rules are always given, so no configuration is looked for beside the program.
      const rules = await rulesOf(options, { configuredRules: configuredRulesFrom('') });
      const ruleSet = await loadOrExplain(rules, problems, counters);
      io.setExitCode(ruleSet ? await matchFile(file, ruleSet, io, problems) : exitCode.config);
      for (const line of correlationLosses(counters.read())) problems.line(line);
      const truncated = counters.counter('sigma_regex_truncated_total').value;
      if (truncated > 0) problems.line(`${truncated} values too long for a rule to search them whole`);
      await problems.end();
    });
}

function collect(path: string, before: string[] = []): string[] {
  return [...before, path];
}

const help = `
An event has "fields", may have "logsource" and, for keyword rules, "message":
  {"logsource":{"product":"linux","category":"process_creation"},"fields":{"Image":"/usr/bin/nc"}}
One line is printed for each event that matched; index counts input lines from 0:
  {"index":0,"rules":["c4042d54-110d-45dd-a0e1-05c47822c937"]}
A correlation is named at the event that completes it; for that events have a "timestamp", such as 2026-11-24T03:11:33Z,
and one without is taken at the time of the event before.
A line that is no event, or longer than 16 MiB, is named on standard error and makes the exit code 1.

Example:
  $ sigmond match --rules /etc/sigmond/rules events.jsonl`;

/** Undefined when there is no rule to match with; what was wrong has been written. */
async function loadOrExplain(
  { paths, placeholders }: RulesConfig,
  problems: LineOutput,
  counters: Counters,
): Promise<RuleSet | undefined> {
  const loaded = await loadRules(paths, { placeholders });
  for (const problem of loaded.problems) problems.line(visible(formatProblem(problem)));
  const ruleSet = createRuleSet(loaded.collection, { counters });
  if (ruleSet.rules.length > 0) return ruleSet;
  problems.line('no rule could be loaded');
  return undefined;
}

/** Returns the exit code. */
async function matchFile(file: string, rules: RuleSet, io: CommandIo, problems: LineOutput): Promise<number> {
  const name = file === '-' ? 'standard input' : file;
  const stream = file === '-' ? io.stdin : createReadStream(file, { highWaterMark: chunkBytes });
  const output = createLineOutput(io.stdout);
  // Only correlations ask when an event was.
  const times = rules.correlations && createEventTimes();
  let index = 0;
  let bad = 0;
  try {
    for await (const lines of readLines(stream, maxLineBytes)) {
      for (const line of lines) {
        const event = line === undefined ? `longer than ${maxLineBytes} bytes` : readJsonEvent(line);
        if (typeof event === 'string') {
          bad++;
          problems.line(visible(`${name}:${index + 1}: ${event} (index ${index})`));
        } else {
          const timed = times ? { ...event, timestampMs: times.read(event.timestamp, index) } : event;
          answer(timed, index, rules, output);
        }
        index++;
      }
      await output.drain();
      await problems.drain();
      if (output.closed) break;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    problems.line(visible(`${name} cannot be read: ${error.message}`));
    await output.end();
    return exitCode.runtime;
  }
  await output.end();
  if (times?.problem) problems.line(visible(times.problem));
  if (bad > 0) problems.line(`${bad} of ${counted(index, 'line')} could not be matched`);
  if (output.failure) problems.line(`standard output cannot be written: ${output.failure.message}`);
  return bad > 0 || output.failure ? exitCode.runtime : exitCode.ok;
}

function answer(event: Matchable, index: number, rules: RuleSet, output: LineOutput): void {
  const matched = rules.matching(event);
  if (matched.length === 0) return;
  const ids = matched.map(({ meta }) => meta.id).sort();
  output.line(`{"index":${index},"rules":${JSON.stringify(ids)}}`);
}

const chunkBytes = 1024 * 1024;
const maxLineBytes = 16 * 1024 * 1024;
