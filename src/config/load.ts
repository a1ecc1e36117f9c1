import { dirname, resolve } from 'node:path';
import type { Config, DeliveryConfig, SinkConfig } from '../model/config.ts';
import { ConfigError } from '../model/errors.ts';
import type { Problem } from '../model/rule.ts';
import { parseAddress } from './address.ts';
import { type ConfigDocument, parseDocument } from './document.ts';
import { explain } from './explain.ts';
import { facilityNumber } from './facility.ts';
import { type ConfigFile, configSchema, type SinkFile } from './schema.ts';

/**
 * Reads a configuration from its YAML text; an empty text is all defaults. Relative paths in it start at the folder
 * of `path`, which need not exist.
 *
 * @throws ConfigError with every problem found, in the order of the file
 */
export function loadConfig(path: string, text: string): Config {
  const document = parseDocument(path, text);
  if (!document.readable) throw new ConfigError(inFileOrder(document.problems));

  const { data, error } = configSchema.safeParse(document.value);
  const problems = [
    ...document.problems,
    ...(error?.issues ?? []).map((issue) => explain(issue, document)),
    ...sharedNames(document),
    ...(data ? sharedLogs(dirname(resolve(path)), data, document) : []),
  ];
  if (problems.length > 0 || !data) throw new ConfigError(inFileOrder(problems));
  return toConfig(path, data, warnings(data, document));
}

function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
}

/** Looks at the value itself, since the schema would look for this only once all else is right. */
function sharedNames({ value, locate }: ConfigDocument): readonly Problem[] {
  const { sinks } = isMap(value) ? value : {};
  if (!Array.isArray(sinks)) return [];
  const problems: Problem[] = [];
  const seen = new Set<unknown>();
  sinks.forEach((sink: unknown, i) => {
    if (!isMap(sink)) return;
    const { type, name = type } = sink;
    const at = locate(['sinks', i, 'name'], 'value') ?? locate(['sinks', i], 'value');
    if (typeof name === 'string' && seen.has(name) && at) {
      problems.push({ severity: 'error', at, text: `another sink is named '${name}'; give each a 'name' of its own` });
    }
    seen.add(name);
  });
  return problems;
}

/** A file is followed once, for two readers would save their positions over each other, and never what we write. */
function sharedLogs(folder: string, { sources, sinks }: ConfigFile, { locate }: ConfigDocument): readonly Problem[] {
  const { audit_log: auditLog, logs } = sources;
  const written = new Set(sinks.flatMap((sink) => (sink.type === 'file' ? resolve(folder, sink.path) : [])));
  const followed = new Set(auditLog.enabled ? [resolve(folder, auditLog.path)] : []);
  return logs.flatMap((log, i) => {
    const path = resolve(folder, log.path);
    const why = written.has(path)
      ? 'is written by a sink; its alerts would raise alerts without end'
      : 'is followed already; a log with several services has a list: service: [auth, sshd]';
    const at = (written.has(path) || followed.has(path)) && locate(['sources', 'logs', i, 'path'], 'value');
    followed.add(path);
    return at ? [{ severity: 'error', at, text: `${path} ${why}` }] : [];
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function warnings({ sources, sinks, alerts }: ConfigFile, { locate }: ConfigDocument): readonly Problem[] {
  const later = 'is accepted but has no effect yet; it comes with a later release';
  const candidates: readonly (readonly [string, boolean, string])[] = [
    ['alerts', alerts !== undefined, `'alerts' ${later}`],
    ['sources', !hasSource(sources), 'no source is enabled; nothing will be seen'],
    ['sinks', sinks.length === 0, 'no sink is configured; alerts go nowhere'],
  ];
  return candidates.flatMap(([key, holds, text]) => {
    const at = holds ? locate([key], 'key') : undefined;
    return at ? [{ severity: 'warning', at, text }] : [];
  });
}

function hasSource({ logs, ...sources }: ConfigFile['sources']): boolean {
  return logs.length > 0 || Object.values(sources).some(({ enabled }) => enabled);
}

/** Where auditd's own plugin files put its socket: from release 3.1.1 on, and before it. */
const auditSocketPaths = ['/run/audit/audispd_events', '/var/run/audispd_events'];

function toConfig(path: string, file: ConfigFile, warnings: readonly Problem[]): Config {
  const folder = dirname(resolve(path));
  const { audit_log: auditLog, audit_socket: auditSocket, proc_scan: procScan, logs } = file.sources;
  return {
    path,
    warnings,
    stateDir: resolve(folder, file.state_dir),
    rules: {
      paths: file.rules.paths.map((rulePath) => resolve(folder, rulePath)),
      placeholders: new Map(Object.entries(file.rules.placeholders)),
    },
    sources: {
      auditLog: { path: resolve(folder, auditLog.path), enabled: auditLog.enabled, start: auditLog.start },
      auditSocket: {
        enabled: auditSocket.enabled,
        paths: auditSocket.path === undefined ? auditSocketPaths : [resolve(folder, auditSocket.path)],
      },
      standardInput: { enabled: file.sources.standard_input.enabled },
      procScan: { enabled: procScan.enabled, intervalMs: procScan.interval_ms },
      logs: logs.map(({ path: logPath, service, product, start }) => ({
        path: resolve(folder, logPath),
        services: service,
        product,
        start,
      })),
    },
    controlSocket: file.control?.socket === undefined ? undefined : resolve(folder, file.control.socket),
    canary: { enabled: file.canary.enabled, intervalMs: file.canary.interval_ms },
    log: { level: file.log.level },
    sinks: file.sinks.map((sink) => toSink(folder, sink)),
  };
}

function toSink(folder: string, sink: SinkFile): SinkConfig {
  const delivery: DeliveryConfig = {
    name: sink.name ?? sink.type,
    queueSize: sink.queue_size,
    timeoutMs: sink.timeout_ms,
    batchSize: sink.batch_size,
    maxAttempts: sink.max_attempts,
  };
  switch (sink.type) {
    case 'stdout':
      return { ...delivery, type: sink.type, format: sink.format };
    case 'file':
      return { ...delivery, type: sink.type, path: resolve(folder, sink.path) };
    case 'syslog':
      return {
        ...delivery,
        type: sink.type,
        address: parseAddress(sink.address),
        format: sink.format,
        facility: facilityNumber(sink.facility),
      };
    case 'webhook':
      return { ...delivery, type: sink.type, url: sink.url, format: sink.format, headers: sink.headers };
  }
}
