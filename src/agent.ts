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
import { createNameService } from './host/name-service.ts';
import { createOwnProcesses, type OwnProcesses } from './host/own-processes.ts';
import { createUsers } from './host/users.ts';
import { createHostProcesses, createUnseenProcesses } from './host-processes.ts';
import { createInputs, type Inputs } from './inputs.ts';
import { createLedger } from './ledger/ledger.ts';
import { createLossReport } from './loss-report.ts';
import type { Alert } from './model/alert.ts';
import type { Config } from './model/config.ts';
import { SourceError } from './model/errors.ts';
import type { AgentStatus, CanaryStatus, SourceStatus } from './model/status.ts';
import { createPipeline } from './pipeline.ts';
import { createEnricher } from './process/enrich.ts';
import { createProcessGuid } from './process/guid.ts';
import { createNodeEnrichers } from './process/nodes.ts';
import { createProcessTable } from './process/table.ts';
import { openRuleStore, type RuleStore } from './rules-store.ts';
import { createSink, type SinkDeps } from './sinks/registry.ts';
import { readMetrics, readStatus, type StatusParts } from './status.ts';
import { noCanary } from './vigil/canary-watch.ts';
import { createVigil } from './vigil.ts';

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
  status(): AgentStatus;
  /** The same and all counters, as Prometheus reads them. */
  metrics(): string;
  readonly auditLogState: Inputs['auditLogState'];
  readonly canary: CanaryStatus;
  /** For what else runs programs in the name of the agent. */
  readonly own: OwnProcesses;
  /** Resolves when standard input has ended, which is the end of an agent that reads it; else never. */
  readonly inputEnded: Promise<void>;
  reload(): Promise<void>;
  /** Ends the sources, delivers what waits, saves the position. Rejects never; may be called again. */
  stop(): Promise<void>;
  /** Rejects when a source fails for good, after everything else was stopped; otherwise settles during `stop`. */
  readonly done: Promise<void>;
}

const maxProcesses = 32_768;
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
  const ownProcesses = createOwnProcesses(deps.pid, clock);
  const isHere = (node: string | undefined): boolean => node === undefined || isNameOf(host, node);
  const { procScan } = config.sources;
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

  const onlyScanned = counters.counter('proc_scan_events_total');
  await processes.seed({
    emit(event) {
      onlyScanned.add();
      vigil?.unreported();
      pipeline.event(event);
    },
    auditReports: () => pipeline.auditReports,
  });
  running.push(processes.run(stopping.signal));

  const inputs = createInputs(config, {
    pipeline,
    ledger,
    vigil,
    delivery,
    stdin: deps.stdin,
    clock,
    logger,
    counters,
  });
  await inputs.restore();
  running.push(...inputs.start(stopping.signal));
  if (vigil) running.push(vigil.run(stopping.signal));
  running.push(everySecond());
  const startedMs = clock.monotonicMs();
  const statusParts: StatusParts = {
    agentVersion: deps.agentVersion,
    pid: deps.pid,
    stateDir: config.stateDir,
    uptimeMs: () => clock.monotonicMs() - startedMs,
    rules,
    ledger,
    counters,
    sources: () => [...inputs.status(), ...(procScan.enabled ? [scanStatus(onlyScanned.value)] : [])],
    sinks: delivery.status,
    canary: () => vigil?.canary ?? noCanary,
  };
  let stopped: Promise<void> | undefined;
  const done = Promise.all(running).then(
    () => undefined,
    async (error: unknown) => {
      await stopOnce();
      throw error;
    },
  );

  async function everySecond(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(1000, stopping.signal);
      lossReport.tick();
      await save();
      await processes.save();
    }
  }

  /** Positions move only past events that correlations will remember. */
  async function save(when?: 'now'): Promise<void> {
    await inputs.note(pipeline.settled());
    if (await correlations.save(when)) await inputs.save();
  }

  async function stop(): Promise<void> {
    await Promise.race([inputs.inputDone, clock.sleep(lastInputMs)]);
    stopping.abort();
    await Promise.allSettled(running);
    await pipeline.settled();
    await delivery.close(drainMs);
    await processes.save('now');
    await save('now');
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
      return inputs.auditLogState;
    },
    get canary() {
      return vigil?.canary ?? noCanary;
    },
    own: ownProcesses,
    inputEnded: inputs.inputEnded,
    reload: () => rules.reload(),
    stop: stopOnce,
    done,
  };
}

function scanStatus(lines: number): SourceStatus {
  return { name: 'proc_scan', state: 'scanning', lines, lagMs: 0, torn: 0, lost: 0 };
}

async function createStateDir(path: string): Promise<void> {
  try {
    await createFolder(path, 0o700);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new SourceError(`state_dir ${path} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
