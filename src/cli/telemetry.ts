import { stat } from 'node:fs/promises';
import { readAuditRules } from '../host/audit-rules.ts';
import { readability } from '../host/audit-state.ts';
import { recordsKeystrokes } from '../host/pam.ts';
import type { Config } from '../model/config.ts';
import { syscallsOfMachine } from '../records/syscalls.ts';
import type { Telemetry } from '../verdict/telemetry.ts';

/** What this host is set up to tell, by its configuration, its files and the audit rules that are loaded. */
export async function readTelemetry(config: Config): Promise<Telemetry> {
  const configured = configuredTelemetry(config);
  const { auditLog, logs } = configured;
  const auditRules = await readAuditRules();
  return {
    ...configured,
    auditLog: auditLog && { ...auditLog, state: await readability(auditLog.path) },
    logs: await Promise.all(logs.map(async (log) => ({ ...log, state: await readability(log.path) }))),
    auditRules,
    watchedFolders: await foldersAmong((auditRules ?? []).flatMap(({ path }) => path ?? [])),
    recordsKeystrokes: await recordsKeystrokes(),
  };
}

/** The same by the configuration alone: what stands in it is taken to be there. */
export function configuredTelemetry({ sources }: Config): Telemetry {
  const { procScan, logs } = sources;
  const auditPath = auditPathOf(sources);
  return {
    auditLog: auditPath === undefined ? undefined : { path: auditPath, state: 'readable' },
    auditRules: undefined,
    watchedFolders: new Set(),
    scansProc: procScan.enabled,
    logs: logs.map(({ path, product, services }) => ({ path, product, services, state: 'readable' })),
    systemCalls: syscallsOfMachine(process.arch),
    recordsKeystrokes: undefined,
  };
}

/** Where audit records are read, the log first; undefined where they are not. */
function auditPathOf({ auditLog, auditSocket, standardInput }: Config['sources']): string | undefined {
  if (auditLog.enabled) return auditLog.path;
  if (auditSocket.enabled) return auditSocket.paths[0];
  return standardInput.enabled ? '/dev/stdin' : undefined;
}

async function foldersAmong(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const isFolder = await stat(path).then(
        (stats) => stats.isDirectory(),
        () => false,
      );
      return isFolder ? [path] : [];
    }),
  );
  return new Set(found.flat());
}
