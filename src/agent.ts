import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { createRaise } from './alerts/raise.ts';
import { createCorrelationSaver } from './correlation-saver.ts';
import { createDelivery } from './delivery/deliver.ts';
import { execOutcome } from './events/exec-outcome.ts';
import type { Clock } from './host/clock.ts';
import { type Counters, createCounters } from './host/counters.ts';
import { createFolder } from './host/folders.ts';
import { hostIdFrom, isNameOf, readHostIdentity } from './host/identity.ts';
import type { Logger } from './host/logger.ts';
import { createNameService } from './host/name-service.ts';
import { createOwnProcesses, type OwnProcesses } from './host/own-processes.ts';
import { createUsers } from './host/users.ts';
import { createHostProcesses, createUnseenProcesses } from './host-processes.ts';
import type { Intake } from './intake.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import { readLedgerState } from './ledger/state.ts';
import { createLossReport } from './loss-report.ts';
import type { Alert } from './model/alert.ts';
import type { Config, LogConfig } from './model/config.ts';
import { SourceError } from './model/errors.ts';
import type { AgentStatus, SourceStatus } from './model/status.ts';
import { createPipeline } from './pipeline.ts';
import { createPositionSaver, noOpenEvents, type OpenEvents, type PositionSaver } from './position-saver.ts';
import { createEnricher } from './process/enrich.ts';
import { createProcessGuid } from './process/guid.ts';
import { createNodeEnrichers } from './process/nodes.ts';
import { createProcessTable } from './process/table.ts';
import { openRuleStore, type RuleStore } from './rules-store.ts';
import { createSink, type SinkDeps } from './sinks/registry.ts';
import { createAuditLog } from './sources/audit-log.ts';
import type { FollowedLog, LogReader } from './sources/followed-log.ts';
import { createTextLog, positionFileOf } from './sources/text-log.ts';
import { readMetrics, readStatus, type StatusParts } from './status.ts';
import { type CanaryStatus, noCanary } from './vigil/canary-watch.ts';
import { createVigil } from './vigil.ts';

/** What an agent needs of the process it runs in. */
export interface AgentDeps extends SinkDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sees each alert as it is raised, beside the sinks. */
  readonly onAlert?: (alert: Alert) => void;
}

export interface Agent {
  readonly rules: RuleStore;
  readonly counters: Counters;
  status(): AgentStatus;
  /** The same and all counters, as Prometheus reads them. */
  metrics(): string;
  readonly auditLogState: FollowedLog['state'] | 'off';
  readonly canary: CanaryStatus;
  /** For what else runs programs in the name of the agent. */
  readonly own: OwnProcesses;
  reload(): Promise<void>;
  /** Ends the sources, delivers what waits, saves the position. Rejects never; may be called again. */
  stop(): Promise<void>;
  /** Rejects when a source fails for good, after everything else was stopped; otherwise settles during `stop`. */
  readonly done: Promise<void>;
}

const maxProcesses = 32_768;
const expireEveryMs = 100;
const maxPauseMs = 1000;
const checkpointEveryMs = 1000;
const drainMs = 5000;

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
  const ownProcesses = createOwnProcesses(deps.pid, clock);
  const isHere = (node: string | undefined): boolean => node === undefined || isNameOf(host, node);
  const { auditLog, procScan, logs } = config.sources;
  const stopping = new AbortController();
  // Without scans nothing else of the host is looked at, so that a log of another one can be followed.
  const nameService = procScan.enabled
    ? createNameService({ clock, signal: stopping.signal, run: ownProcesses.run })
    : undefined;
  const users = createUsers('/etc/passwd', clock.monotonicMs, nameService);
  const evicted = counters.counter('process_table_evicted_total');
  const createTable = (hostId: string) => createProcessTable(maxProcesses, createProcessGuid(hostId), evicted.add);
  const table = createTable(host.id);
  const { stateDir } = config;
  const processes = procScan.enabled
    ? createHostProcesses(table, { users, intervalMs: procScan.intervalMs, stateDir, clock, logger, counters })
    : createUnseenProcesses(table);
  const pipeline = createPipeline({
    rules: () => rules.current,
    enricher: createNodeEnrichers(
      processes.enricher,
      (node) => isNameOf(host, node),
      (node) => createEnricher(createTable(hostIdFrom(node)), undefined),
    ),
    users,
    raise: createRaise({ host, agentVersion: deps.agentVersion, rulesetHash: () => rules.current.hash }),
    deliver(alert) {
      delivery.accept(alert);
      deps.onAlert?.(alert);
    },
    isOwn: (event) => isHere(event.node) && ownProcesses.isActor(event),
    takeOwnExec: (event) => isHere(event.node) && ownProcesses.takeExec(event),
    onQuarantine: ({ rule, costMs, evaluations }) =>
      logger.error(
        { rule: rule.id, title: rule.title, path: rule.path, costMs, evaluations },
        'a rule takes too much time and is out of force until the rules are loaded again',
      ),
    counters,
    monotonicMs: clock.monotonicMs,
  });

  const ledger = createLedger();
  const startedMs = clock.monotonicMs();
  const statusParts: StatusParts = {
    agentVersion: deps.agentVersion,
    pid: deps.pid,
    stateDir: config.stateDir,
    uptimeMs: () => clock.monotonicMs() - startedMs,
    rules,
    ledger,
    counters,
    sources: () => sources.map((read) => read()),
    sinks: delivery.status,
  };
  const lossReport = createLossReport({ ledger, counters, clock, emit: pipeline.event });
  const running: Promise<void>[] = [];
  const vigil = await createVigil(config, {
    own: ownProcesses,
    clock,
    logger,
    counters,
    isHere,
    emit: pipeline.event,
    onKernelLost: ledger.kernelLost,
  });

  await processes.seed({
    emit(event) {
      vigil?.unreported();
      pipeline.event(event);
    },
    auditReports: () => pipeline.auditReports,
  });
  running.push(processes.run(stopping.signal));
  const savers: PositionSaver[] = [];
  const sources: (() => SourceStatus)[] = [];
  const log = auditLog.enabled ? followAuditLog(auditLog) : undefined;
  for (const textLog of logs) followTextLog(textLog);
  if (vigil) running.push(vigil.run(stopping.signal));
  running.push(everyMs(checkpointEveryMs, everySecond));
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
    const onTruncated = vigil?.logCut;
    const source = createAuditLog({ path, start, checkpointPath, clock, logger, counters, onTruncated });
    const intake = pipeline.audit({
      onRecord(record) {
        ledger.record(record);
        vigil?.record(record);
      },
      accept(event) {
        const outcome = execOutcome(event);
        if (outcome) ledger.exec(outcome);
        return true;
      },
    });
    const onDone = (keys: readonly string[]): void => intake.assembler.assumeDone(keys, Number.POSITIVE_INFINITY);
    const expiry = createExpiry(intake);
    const onLine = (line: string, position: number): void => {
      intake.line(line, position);
      expiry.arm();
    };
    follow(source, { onLine, onDone, onLedger }, intake.assembler, ledger);
    sources.push(() => ({
      name: 'audit_log',
      path,
      state: source.state,
      lines: counters.counter('audit_log_lines_total').value,
      lagMs: source.isBehind ? Math.max(0, clock.nowMs() - (intake.newestMs ?? clock.nowMs())) : 0,
      torn: counters.counter('audit_log_torn_lines_total').value + counters.counter('audit_torn_records_total').value,
      lost: ledger.totals.lost,
    }));
    return source;
  }

  function followTextLog({ path, start, ...content }: LogConfig): void {
    const checkpointPath = join(config.stateDir, positionFileOf(path));
    const source = createTextLog({ path, start, checkpointPath, clock, logger, counters });
    const take = pipeline.log(content);
    let lastReadMs = clock.nowMs();
    const onLine = (text: string, position: number): void => {
      lastReadMs = clock.nowMs();
      take({ text, origin: source.originOf(position), readMs: lastReadMs });
    };
    follow(source, { onLine, onDone: () => undefined }, noOpenEvents);
    const count = (name: string) => counters.counter(name, { path }).value;
    sources.push(() => ({
      name: 'log',
      path,
      state: source.state,
      lines: count('log_lines_total'),
      lagMs: source.isBehind ? clock.nowMs() - lastReadMs : 0,
      torn: count('log_torn_lines_total'),
      lost: count('log_gaps_total'),
    }));
  }

  function follow(source: FollowedLog, reader: LogReader, open: OpenEvents, counted?: Ledger): void {
    running.push(source.run(reader, stopping.signal));
    savers.push(createPositionSaver(source, open, delivery, logger, counted));
  }

  function onLedger(saved: unknown): void {
    try {
      ledger.restore(readLedgerState(saved));
    } catch (error) {
      logger.error({ error: String(error) }, 'what was counted before cannot be read; counting begins anew');
    }
  }

  /** Looks after open events as long as there are any; an idle agent sleeps. */
  function createExpiry(intake: Intake): { arm(): void } {
    let armed = false;
    async function watch(): Promise<void> {
      while (intake.hasOpenEvents && !stopping.signal.aborted) {
        const beganMs = clock.monotonicMs();
        await clock.sleep(expireEveryMs, stopping.signal);
        // Who was stopped finds time gone by, and what events wait for still unread.
        if (clock.monotonicMs() - beganMs < maxPauseMs) intake.expire();
      }
      armed = false;
    }
    return {
      arm() {
        if (armed || !intake.hasOpenEvents) return;
        armed = true;
        void watch();
      },
    };
  }

  async function everySecond(): Promise<void> {
    lossReport.tick();
    await save();
    await processes.save();
  }

  /** Positions move only past events that correlations will remember. */
  async function save(): Promise<void> {
    await pipeline.settled();
    if (await correlations.save()) for (const { tick } of savers) await tick();
  }

  async function everyMs(ms: number, act: () => Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(ms, stopping.signal);
      await act();
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.allSettled(running);
    await pipeline.settled();
    await delivery.close(drainMs);
    await processes.save('now');
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
    status: () => readStatus(statusParts),
    metrics: () => readMetrics(statusParts),
    get auditLogState() {
      return log?.state ?? 'off';
    },
    get canary() {
      return vigil?.canary ?? noCanary;
    },
    own: ownProcesses,
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
