import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { createRaise } from './alerts/raise.ts';
import { createCorrelationSaver } from './correlation-saver.ts';
import { createDelivery } from './delivery/deliver.ts';
import type { Clock } from './host/clock.ts';
import { type Counters, createCounters } from './host/counters.ts';
import { createFolder } from './host/folders.ts';
import { hostIdFrom, isNameOf, readHostIdentity } from './host/identity.ts';
import type { Logger } from './host/logger.ts';
import { createProcfs } from './host/procfs.ts';
import { createRepeat } from './host/repeat.ts';
import { createUsers } from './host/users.ts';
import { createLiveAudit } from './live-audit.ts';
import type { Alert } from './model/alert.ts';
import type { Config, LogConfig } from './model/config.ts';
import { SourceError } from './model/errors.ts';
import { createPipeline } from './pipeline.ts';
import { createPositionSaver, noOpenEvents, type OpenEvents, type PositionSaver } from './position-saver.ts';
import { createEnricher } from './process/enrich.ts';
import { createProcessGuid } from './process/guid.ts';
import { createLiveLookup } from './process/live-lookup.ts';
import { createNodeEnrichers } from './process/nodes.ts';
import { createObserver } from './process/observe.ts';
import { createProcessTable } from './process/table.ts';
import { openRuleStore, type RuleStore } from './rules-store.ts';
import { createSink, type SinkDeps } from './sinks/registry.ts';
import { createAuditLog } from './sources/audit-log.ts';
import type { FollowedLog, LogReader } from './sources/followed-log.ts';
import { createProcScan } from './sources/proc-scan.ts';
import { createTextLog, positionFileOf } from './sources/text-log.ts';

/** What an agent needs of the process it runs in. */
export interface AgentDeps extends SinkDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stdin: NodeJS.ReadableStream;
  /** Sees each alert as it is raised, beside the sinks. */
  readonly onAlert?: (alert: Alert) => void;
}

export interface Agent {
  readonly rules: RuleStore;
  readonly counters: Counters;
  readonly auditLogState: FollowedLog['state'] | 'off';
  /** Resolves when standard input has ended, which is the end of an agent that reads it; else never. */
  readonly inputEnded: Promise<void>;
  reload(): Promise<void>;
  /** Ends the sources, delivers what waits, saves the position. Rejects never; may be called again. */
  stop(): Promise<void>;
  /** Rejects when a source fails for good, after everything else was stopped; otherwise settles during `stop`. */
  readonly done: Promise<void>;
}

const maxProcesses = 32_768;
const expireEveryMs = 100;
const checkpointEveryMs = 1000;
const drainMs = 5000;
/** What auditd still writes after it has told its plugins to end comes within this. */
const lastInputMs = 2000;

/**
 * Builds the stages from the configuration and starts the sources; resolves once the process table is seeded.
 *
 * @throws ConfigError when no rule can be loaded; SourceError when the state folder cannot be used
 */
export async function startAgent(config: Config, deps: AgentDeps): Promise<Agent> {
  const { clock, logger } = deps;
  const counters = createCounters();
  const host = readHostIdentity('/etc/machine-id');
  const rules = await openRuleStore(config.rules, logger, counters, clock);
  await createStateDir(config.stateDir);
  const correlations = createCorrelationSaver(join(config.stateDir, 'correlations.json'), rules, {
    clock,
    logger,
    counters,
  });
  await correlations.restore();

  const delivery = createDelivery({
    sinks: config.sinks.map((sink) => ({ config: sink, sink: createSink(sink, deps) })),
    clock,
    logger,
    counters,
  });
  const { auditLog, procScan, logs } = config.sources;
  const users = createUsers('/etc/passwd', clock.monotonicMs);
  // Without scans nothing else of the host is looked at, so that a log of another one can be followed.
  const procfs = procScan.enabled ? createProcfs('/proc', clock.nowMs) : undefined;
  const live = procfs && createLiveLookup(procfs, users, clock.monotonicMs);
  const evicted = counters.counter('process_table_evicted_total');
  const createTable = (hostId: string) => createProcessTable(maxProcesses, createProcessGuid(hostId), evicted.add);
  const table = createTable(host.id);
  const pipeline = createPipeline({
    rules: () => rules.current,
    enricher: createNodeEnrichers(
      createEnricher(table, live),
      (node) => isNameOf(host, node),
      (node) => createEnricher(createTable(hostIdFrom(node)), undefined),
    ),
    users,
    raise: createRaise({ host, agentVersion: deps.agentVersion, rulesetHash: () => rules.current.hash }),
    deliver(alert) {
      delivery.accept(alert);
      deps.onAlert?.(alert);
    },
    isOwn: ({ pid, node }) => pid === deps.pid && (node === undefined || isNameOf(host, node)),
    onQuarantine: ({ rule, costMs, evaluations }) =>
      logger.error(
        { rule: rule.id, title: rule.title, path: rule.path, costMs, evaluations },
        'a rule takes too much time and is out of force until the rules are loaded again',
      ),
    counters,
    monotonicMs: clock.monotonicMs,
  });

  const liveAudit = createLiveAudit(config.sources, pipeline, { clock, logger, counters, stdin: deps.stdin });
  const stopping = new AbortController();
  const running: Promise<void>[] = [];

  if (procfs && live) {
    const observer = createObserver(table, pipeline.event, {
      procfs,
      live,
      users,
      auditReports: () => pipeline.auditReports,
    });
    const scan = createProcScan(procfs, procScan.intervalMs, clock);
    const reader = { onProcess: observer.see, onScanEnd: observer.endScan };
    await scan.scan(reader);
    running.push(scan.run(reader, stopping.signal));
  }
  const savers: PositionSaver[] = [];
  const log = auditLog.enabled ? followAuditLog(auditLog) : undefined;
  for (const textLog of logs) followTextLog(textLog);
  running.push(everyMs(checkpointEveryMs, save), ...liveAudit.start(stopping.signal));
  let stopped: Promise<void> | undefined;
  const done = Promise.all(running).then(
    () => undefined,
    async (error: unknown) => {
      await stopOnce();
      throw error;
    },
  );

  function followAuditLog({ path, start }: Config['sources']['auditLog']): FollowedLog {
    const checkpointPath = join(config.stateDir, 'audit-log.position.json');
    const source = createAuditLog({ path, start, checkpointPath, clock, logger, counters });
    const intake = pipeline.audit(liveAudit.acceptFromLog && { accept: liveAudit.acceptFromLog });
    const onDone = (keys: readonly string[]): void => intake.assembler.assumeDone(keys, Number.POSITIVE_INFINITY);
    const expire = createRepeat(
      { isNeeded: () => intake.hasOpenEvents, act: intake.expire, everyMs: expireEveryMs },
      clock,
      stopping.signal,
    );
    const onLine = (line: string, position: number): void => {
      intake.line(line, position);
      expire();
    };
    follow(source, { onLine, onDone }, intake.assembler);
    return source;
  }

  function followTextLog({ path, start, ...content }: LogConfig): void {
    const checkpointPath = join(config.stateDir, positionFileOf(path));
    const source = createTextLog({ path, start, checkpointPath, clock, logger, counters });
    const take = pipeline.log(content);
    const onLine = (text: string, position: number): void =>
      take({ text, origin: source.originOf(position), readMs: clock.nowMs() });
    follow(source, { onLine, onDone: () => undefined }, noOpenEvents);
  }

  function follow(source: FollowedLog, reader: LogReader, open: OpenEvents): void {
    running.push(source.run(reader, stopping.signal));
    savers.push(createPositionSaver(source, open, delivery, logger));
  }

  /** Positions move only past events that correlations will remember. */
  async function save(): Promise<void> {
    if (await correlations.save()) for (const { tick } of savers) await tick();
  }

  async function everyMs(ms: number, act: () => Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(ms, stopping.signal);
      await act();
    }
  }

  async function stop(): Promise<void> {
    await Promise.race([liveAudit.inputDone, clock.sleep(lastInputMs)]);
    stopping.abort();
    await Promise.allSettled(running);
    await delivery.close(drainMs);
    if (!(await correlations.save('now'))) return;
    for (const { tick } of savers) {
      await tick();
      await tick();
    }
  }

  function stopOnce(): Promise<void> {
    stopped ??= stop();
    return stopped;
  }

  return {
    rules,
    counters,
    get auditLogState() {
      return log?.state ?? 'off';
    },
    inputEnded: liveAudit.inputEnded,
    reload: () => rules.reload(),
    stop: stopOnce,
    done,
  };
}

async function createStateDir(path: string): Promise<void> {
  try {
    await createFolder(path, 0o700);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new SourceError(`state_dir ${path} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
