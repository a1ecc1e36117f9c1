import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { type Agent, startAgent } from '../agent.ts';
import { readConfig } from '../config/read.ts';
import { listenForStatus } from '../control/listen.ts';
import { readAuditState, readability } from '../host/audit-state.ts';
import { systemClock } from '../host/clock.ts';
import { holdLock, type Lock } from '../host/lock.ts';
import { createLogger, type Logger } from '../host/logger.ts';
import type { RunProgram } from '../host/run-program.ts';
import { createSystemd } from '../host/systemd.ts';
import type { Alert } from '../model/alert.ts';
import type { Config } from '../model/config.ts';
import { exitCode, formatProblem, SourceError } from '../model/errors.ts';
import { describeWatch, toLines, type Watch, type WatchFacts } from '../present/watch.ts';
import type { SinkDeps } from '../sinks/registry.ts';
import { counted } from '../text/counted.ts';
import { safeJson } from '../text/safe-json.ts';
import { runDemo } from './demo.ts';
import type { CommandIo } from './io.ts';

/** What the daemon needs of its process. */
export interface RunDeps {
  readonly programFolder: string;
  readonly agentVersion: string;
  readonly pid: number;
  readonly isRoot: boolean;
  readonly noColor: boolean;
  readonly notifySocket: string | undefined;
  readonly stdout: SinkDeps['stdout'];
  /** Aborts when the process is asked to end. */
  readonly stop: AbortSignal;
  /** Calls back each time the process is asked to read its files again, and at once if it was asked before. */
  onReload(reload: () => void): void;
}

interface RunOptions {
  readonly config?: string;
  readonly stateDir?: string;
  readonly auditLog?: string;
  readonly announce?: true;
  readonly stdin?: true;
  readonly demo?: true;
}

export function runCommand(io: CommandIo, deps: RunDeps): Command {
  return new Command('run')
    .description('watch this host and send alerts, in the foreground, until SIGTERM; SIGHUP reloads the rules')
    .option('-c, --config <file>', 'configuration (default: /etc/sigmond/sigmond.yaml, then config/sigmond.yaml)')
    .addOption(new Option('--state-dir <dir>', 'instead of state_dir in the configuration'))
    .addOption(new Option('--audit-log <file>', 'instead of sources.audit_log.path in the configuration'))
    .option('--stdin', 'read audit records from standard input, in place of the log and the socket, until it ends')
    .option('--announce', 'say in plain lines on standard error what is watched and what is not')
    .option('--demo', 'attack this host harmlessly, show the alert and exit: 0 when it came, 1 when not')
    .addHelpText('after', '\nExample:\n  sigmond run -c /etc/sigmond/sigmond.yaml')
    .action(async (options: RunOptions) => {
      io.setExitCode(await run(await configure(options, deps), options, io, deps));
    });
}

async function configure(options: RunOptions, deps: RunDeps): Promise<Config> {
  const config = await readConfig(options.config, deps.programFolder);
  return {
    ...config,
    ...(options.stateDir !== undefined && { stateDir: options.stateDir }),
    sources: chooseSources(config.sources, options),
  };
}

function chooseSources(sources: Config['sources'], { auditLog: path, stdin }: RunOptions): Config['sources'] {
  const auditLog = path === undefined ? sources.auditLog : { ...sources.auditLog, path };
  // A configuration that names standard input has said what is read beside it.
  if (!stdin || sources.standardInput.enabled) return { ...sources, auditLog };
  return {
    ...sources,
    auditLog: { ...auditLog, enabled: path !== undefined },
    auditSocket: { ...sources.auditSocket, enabled: false },
    standardInput: { enabled: true },
  };
}

/** @returns the exit code */
async function run(config: Config, { announce, demo }: RunOptions, io: CommandIo, deps: RunDeps): Promise<number> {
  const logger = createLogger(config.log.level);
  for (const warning of config.warnings) logger.warn({ problem: formatProblem(warning) }, 'doubtful configuration');
  const lock = await holdStateDir(config.stateDir);
  const listeners = new Set<(alert: Alert) => void>();
  const agent = await startAgent(config, {
    clock: systemClock,
    logger,
    agentVersion: deps.agentVersion,
    pid: deps.pid,
    stdin: io.stdin,
    stdout: deps.stdout,
    noColor: deps.noColor,
    onAlert(alert) {
      for (const listener of listeners) listener(alert);
    },
  });
  const systemd = createSystemd({ notifySocket: deps.notifySocket, logger, expectHelper: agent.own.expect });
  const watch = await lookAround(config, deps, agent.own.run);
  logger.info({ version: deps.agentVersion, rules: agent.rules.current.rules.length, ...watch }, 'watching');
  if (announce) for (const line of toLines(watch)) io.stderr.write(`${line}\n`);
  const json = (body: string) => ({ contentType: 'application/json', body });
  const control = await listenForStatus(
    config,
    {
      '/status': () => json(safeJson(agent.status())),
      '/metrics': () => ({ contentType: 'text/plain; version=0.0.4', body: agent.metrics() }),
    },
    logger,
  );
  systemd.ready(statusOf(agent, watch));
  deps.onReload(() => {
    reload(agent, logger).then(
      () => systemd.status(statusOf(agent, watch)),
      (error: unknown) => logger.error({ error: String(error) }, 'rules could not be reloaded; the old ones stay'),
    );
  });

  const inputEnd = new AbortController();
  void agent.inputEnded.then(() => inputEnd.abort());
  const work = demo
    ? runDemo({ agent, config, listeners, stderr: io.stderr, stop: deps.stop })
    : untilAborted(AbortSignal.any([deps.stop, inputEnd.signal]));
  const code = await Promise.race([work, agent.done.then(() => exitCode.ok)]);
  systemd.stopping('delivering what waits');
  logger.info({}, 'stopping');
  await agent.stop();
  logger.info({ counters: agent.counters.read() }, 'stopped');
  await control?.close();
  await lock.release();
  return code;
}

/** One that was just told to end, or killed, may take a moment. */
const lockPatienceMs = 10_000;
const lockRetryMs = 100;

/**
 * Two agents on one state folder would raise each alert twice and overwrite each other's positions.
 *
 * @throws SourceError when another one stays there
 */
async function holdStateDir(path: string): Promise<Lock> {
  const name = `state-${hash('sha256', path)}`;
  const startedMs = systemClock.monotonicMs();
  for (;;) {
    const lock = await holdLock(name);
    if (lock) return lock;
    if (systemClock.monotonicMs() - startedMs > lockPatienceMs)
      throw new SourceError(`state_dir ${path} is in use by another running sigmond; stop it, or name another folder`);
    await delay(lockRetryMs);
  }
}

async function reload(agent: Agent, logger: Logger): Promise<void> {
  logger.info({}, 'reloading the rules');
  await agent.reload();
}

async function lookAround({ sources }: Config, { isRoot }: RunDeps, runProgram: RunProgram): Promise<Watch> {
  const { auditLog, auditSocket, standardInput, procScan, logs } = sources;
  const socket = auditSocket.enabled ? await findSocket(auditSocket.paths) : undefined;
  return describeWatch({
    audit: await auditFacts(auditLog, socket, runProgram),
    socket: auditLog.enabled ? socket : undefined,
    readsStdin: standardInput.enabled,
    scanIntervalMs: procScan.enabled ? procScan.intervalMs : undefined,
    isRoot,
    logs: await Promise.all(logs.map(async ({ path, services }) => ({ path, services, log: await readability(path) }))),
  });
}

async function auditFacts(
  { enabled, path }: Config['sources']['auditLog'],
  socket: WatchFacts['socket'],
  runProgram: RunProgram,
): Promise<WatchFacts['audit']> {
  if (enabled) return { ...(await readAuditState(path, runProgram)), path };
  return socket && { ...(await readAuditState(socket.path, runProgram)), path: socket.path, isSocket: true };
}

/** The first that is there, else the first of those that may be. */
async function findSocket(paths: readonly string[]): Promise<WatchFacts['socket']> {
  const found = await Promise.all(paths.map(async (path) => ({ path, state: await readability(path) })));
  return found.find(({ state }) => state !== 'missing') ?? found[0];
}

function statusOf({ rules }: Agent, { watches }: Watch): string {
  const sources = watches.map((text) => text.slice(0, text.indexOf(':'))).join(' and ') || 'nothing';
  const rejected = rules.rejected > 0 ? `, ${rules.rejected} rejected` : '';
  return `watching ${sources} with ${counted(rules.current.rules.length, 'rule')}${rejected}`;
}

function untilAborted(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    // The clock's timers let the process end, and where the log is missing nothing else would hold it.
    const keepAlive = setInterval(() => undefined, 3_600_000);
    const end = (): void => {
      clearInterval(keepAlive);
      resolve(exitCode.ok);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
