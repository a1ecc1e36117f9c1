import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { exitCode, formatProblem } from '../model/errors.ts';
import { loadRules } from '../sigma/load.ts';
import { createRuleSet, type RuleSet } from '../sigma/rule-set.ts';
import { counted } from '../text/counted.ts';
import { visible } from '../text/visible.ts';
import type { CommandIo } from './io.ts';
import { type JsonEvent, readJsonEvent } from './json-event.ts';
import { readLines } from './lines.ts';
import { createLineOutput, type LineOutput } from './output.ts';

/** `sigmond match`: JSON events from anywhere against rules. */
export function matchCommand(io: CommandIo): Command {
  return new Command('match')
    .description('Match JSON events, one a line, against Sigma rules; prints which rules matched which line.')
    .argument('[file]', 'file of events; - or nothing reads standard input', '-')
    .requiredOption('--rules <path>', 'rule file or folder, read recursively; may be repeated', collect)
    .option('--strict', "only the Sigma specification's meaning (nothing to switch off yet: there are no extensions)")
    .addHelpText('after', help)
    .action(async (file: string, options: { rules: string[] }) => {
      const problems = createLineOutput(io.stderr);
      const ruleSet = await loadOrExplain(options.rules, problems);
      io.setExitCode(ruleSet ? await matchFile(file, ruleSet, io, problems) : exitCode.config);
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
A line that is no event, or longer than 16 MiB, is named on standard error and makes the exit code 1.

Example:
  $ sigmond match --rules /etc/sigmond/rules events.jsonl`;

/** Undefined when there is no rule to match with; what was wrong has been written. */
async function loadOrExplain(paths: readonly string[], problems: LineOutput): Promise<RuleSet | undefined> {
  const loaded = await loadRules(paths);
  for (const problem of loaded.problems) problems.line(visible(formatProblem(problem)));
  const ruleSet = createRuleSet(loaded.collection);
  if (ruleSet.rules.length > 0) return ruleSet;
  problems.line('no rule could be loaded');
  return undefined;
}

/** Returns the exit code. */
async function matchFile(file: string, rules: RuleSet, io: CommandIo, problems: LineOutput): Promise<number> {
  const name = file === '-' ? 'standard input' : file;
  const stream = file === '-' ? io.stdin : createReadStream(file, { highWaterMark: chunkBytes });
  const output = createLineOutput(io.stdout);
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
          answer(event, index, rules, output);
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
  if (bad > 0) problems.line(`${bad} of ${counted(index, 'line')} could not be matched`);
  if (output.failure) problems.line(`standard output cannot be written: ${output.failure.message}`);
  return bad > 0 || output.failure ? exitCode.runtime : exitCode.ok;
}

function answer(event: JsonEvent, index: number, rules: RuleSet, output: LineOutput): void {
  const matched = rules.matching(event);
  if (matched.length === 0) return;
  const ids = matched.map(({ meta }) => meta.id).sort();
  output.line(`{"index":${index},"rules":${JSON.stringify(ids)}}`);
}

const chunkBytes = 1024 * 1024;
const maxLineBytes = 16 * 1024 * 1024;
