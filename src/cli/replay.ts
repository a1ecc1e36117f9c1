import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../host/clock.ts';
import { createCounters } from '../host/counters.ts';
import { type Logger, silentLogger } from '../host/logger.ts';
import type { Alert } from '../model/alert.ts';
import { exitCode } from '../model/errors.ts';
import type { SigmaEvent } from '../model/sigma-event.ts';
import { alertRow, tableHeader } from '../present/alert-table.ts';
import { createReplayPipeline, type ReplayPipeline } from '../replay-pipeline.ts';
import { openRuleStore } from '../rules-store.ts';
import { oldestFirst, readLog, readTextLog } from '../sources/replay.ts';
import { safeJson } from '../text/safe-json.ts';
import { visible } from '../text/visible.ts';
import { correlationLosses } from './correlation-losses.ts';
import type { CommandIo } from './io.ts';
import { createLineOutput, type LineOutput } from './output.ts';
import { configuredRulesFrom, rulesOf } from './rule-options.ts';

interface ReplayOptions {
  readonly config?: string;
  readonly rules?: readonly string[];
  readonly log?: readonly TextLog[];
  readonly output: 'alerts' | 'events' | 'table';
}

interface TextLog {
  readonly services: readonly string[];
  readonly file: string;
}

export interface ReplayDeps {
  readonly programFolder: string;
  readonly agentVersion: string;
}

export function replayCommand(io: CommandIo, deps: ReplayDeps): Command {
  return new Command('replay')
    .description('send audit.log text, or other logs, through the whole pipeline; no root, no daemon')
    .argument('[files...]', 'audit logs, read oldest first; - or nothing reads standard input')
    .option('--log <service=file>', 'text log of a service or several (auth,sshd=FILE); may be repeated', collectLog)
    .option('-c, --config <file>', 'configuration (default: /etc/sigmond/sigmond.yaml, then config/sigmond.yaml)')
    .option('--rules <path>', 'rule file or folder instead of the configured ones; may be repeated', collect)
    .addOption(
      new Option('--output <what>', 'alerts or events as JSON lines, or a table of alerts')
        .choices(['alerts', 'events', 'table'])
        .default('alerts'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sigmond replay --output table /var/log/audit/audit.log.1 /var/log/audit/audit.log' +
        '\n  sigmond replay --log auth,sshd,sudo=/var/log/auth.log',
    )
    .action(async (files: readonly string[], options: ReplayOptions) => {
      const auditLogs = files.length > 0 || options.log ? files : ['-'];
      io.setExitCode(await replay(auditLogs, options, io, deps));
    });
}

function collect(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

function collectLog(argument: string, before: readonly TextLog[] = []): readonly TextLog[] {
  const [, services, file] = /^([A-Za-z0-9._,-]+)=(.+)$/s.exec(argument) ?? [];
  if (services === undefined || file === undefined) {
    throw new InvalidArgumentError('It is SERVICE=FILE, such as sshd=/var/log/auth.log.');
  }
  return [...before, { services: services.split(',').filter(Boolean), file }];
}

/** @returns the exit code */
async function replay(
  files: readonly string[],
  options: ReplayOptions,
  io: CommandIo,
  deps: ReplayDeps,
): Promise<number> {
  const output = createLineOutput(io.stdout);
  const counters = createCounters();
  const takesMore = async (): Promise<boolean> => {
    await output.drain();
    return !output.closed;
  };
  const ordered = await oldestFirst(files);
  const pipeline = await buildPipeline(options, output, io, deps, counters);
  try {
    for (const file of ordered) {
      const { tornLines } = await readLog(file, io.stdin, (line) => pipeline.audit.line(line, 0), takesMore);
      counters.counter('audit_torn_records_total').add(tornLines);
      if (output.closed) break;
    }
    pipeline.audit.flush();
    for (const { services, file } of options.log ?? []) {
      if (output.closed) break;
      const onLine = pipeline.log({ product: 'linux', services });
      const { tornLines } = await readTextLog(file, io.stdin, systemClock.nowMs(), onLine, takesMore);
      counters.counter('log_torn_lines_total').add(tornLines);
    }
  } finally {
    // What was read before an input broke off counts.
    pipeline.audit.flush();
    await output.end();
    // Where nobody reads any more, the input was left in the middle: what is missing then says nothing.
    if (!output.closed) report(counters.read(), io);
  }
  if (output.failure) io.stderr.write(`standard output cannot be written: ${output.failure.message}\n`);
  return output.failure ? exitCode.runtime : exitCode.ok;
}

async function buildPipeline(
  options: ReplayOptions,
  output: LineOutput,
  { stderr }: CommandIo,
  { programFolder, agentVersion }: ReplayDeps,
  counters: ReturnType<typeof createCounters>,
): Promise<ReplayPipeline> {
  // The configuration is of no use to a replay but for its rules.
  const rules = await rulesOf(options, { configuredRules: configuredRulesFrom(programFolder) });
  const logger: Logger = { ...silentLogger, warn: ({ problem }) => stderr.write(`${visible(String(problem))}\n`) };
  const store = await openRuleStore(rules, logger, counters);
  const what = options.output;
  if (what === 'table') output.line(tableHeader);
  const writeAlert = (alert: Alert): void => output.line(what === 'table' ? alertRow(alert) : safeJson(alert));
  return createReplayPipeline({
    rules: store.current,
    agentVersion,
    deliver: what === 'events' ? () => undefined : writeAlert,
    ...(what === 'events' && { onEvent: (event: SigmaEvent) => output.line(eventJson(event)) }),
    counters,
  });
}

function eventJson({ id, timestampMs, logsource, fields, argv, message }: SigmaEvent): string {
  return safeJson({ id, timestamp: new Date(timestampMs).toISOString(), logsource, fields, argv, message });
}

/** What was not as it should be; nothing when all was well. */
function report(counts: Readonly<Record<string, number>>, { stderr }: CommandIo): void {
  const words: Readonly<Record<string, string>> = {
    audit_torn_records_total: 'lines that are no audit record',
    audit_late_records_total: 'records that came after their event was closed',
    log_torn_lines_total: 'lines of text logs that are too long',
    exec_events_incomplete_total: 'exec events with something missing',
    sigma_regex_truncated_total: 'values too long for a rule to search them whole',
  };
  for (const [name, text] of Object.entries(words)) if (counts[name]) stderr.write(`${counts[name]} ${text}\n`);
  for (const line of correlationLosses(counts)) stderr.write(`${line}\n`);
}
