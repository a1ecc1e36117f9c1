import type { ProcDetails, Procfs, ProcStat } from '../host/procfs.ts';
import type { Users } from '../host/users.ts';
import type { FieldValue, SigmaEvent } from '../model/sigma-event.ts';
import { isSame, withIdentity } from './enrich.ts';
import { type LiveLookup, toImage } from './live-lookup.ts';
import type { Process, ProcessTable } from './table.ts';

/** Compares scans of /proc with what the table knows. */
export interface Observer {
  /** Takes one process of a scan; parents should come before their children. */
  see(stat: ProcStat, nowMs: number): void;
  /** Ends a scan: what was not seen in it is gone. */
  endScan(nowMs: number): void;
}

interface Pending {
  readonly process: Process;
  readonly reports: number;
  readonly event: SigmaEvent;
}

/** Unreported processes that wait for the audit system to report them after all. */
const maxPending = 4096;

/**
 * Makes a process_creation event of every exec that no audit event reported.
 *
 * The first scan only fills the table. A fork that does not execute is no event, as for audit: it still has its
 * parent's stack, whose place is random for each exec.
 *
 * @param auditReports whether audit events are coming in: then an unreported process waits for the next scan
 */
export function createObserver(
  table: ProcessTable,
  emit: (event: SigmaEvent) => void,
  {
    procfs,
    live,
    users,
    auditReports,
  }: { procfs: Procfs; live: LiveLookup; users: Users; auditReports: () => boolean },
): Observer {
  let alive = new Set<number>();
  let seeded = false;
  let pending: Pending[] = [];
  let candidates: Pending[] = [];

  function unreported(process: Process, stat: ProcStat, details: ProcDetails, atMs: number): void {
    const nothingKnown = details.exe === undefined && details.argv === undefined;
    if (!seeded || nothingKnown) return;
    const event = toProcessCreation(stat, details, atMs, users, procfs.bootId);
    const candidate = { process, reports: process.reports, event: withIdentity(event, process, process.parent) };
    if (auditReports() && candidates.length < maxPending) candidates.push(candidate);
    else emit(candidate.event);
  }

  function seeNew(stat: ProcStat, startedMs: number): void {
    const parent = table.find(stat.ppid, startedMs);
    const details = procfs.details(stat.pid);
    const image = toImage(details, startedMs, users);
    const forked = isForkOf(parent, stat, image.commandLine);
    const process = table.add({
      pid: stat.pid,
      startedMs,
      startTicks: stat.startTicks,
      ppid: stat.ppid,
      parent,
      stackStart: stat.stackStart,
      reports: 0,
      image,
    });
    if (!forked) unreported(process, stat, details, startedMs);
  }

  function seeAgain(process: Process, stat: ProcStat, nowMs: number): void {
    const reported = process.reports > process.reportsAtScan;
    const executed = stat.stackStart !== undefined && process.stackStart !== stat.stackStart;
    process.reportsAtScan = process.reports;
    if (!executed) return;
    process.stackStart = stat.stackStart;
    if (reported) return;
    const details = procfs.details(stat.pid);
    table.addImage(process, toImage(details, nowMs, users));
    unreported(process, stat, details, nowMs);
  }

  return {
    see(stat, nowMs) {
      if (stat.kernelThread) return;
      alive.add(stat.pid);
      const startedMs = live.startedMs(stat);
      const known = table.find(stat.pid, nowMs);
      if (known && isSame(known, stat, startedMs)) seeAgain(known, stat, nowMs);
      else seeNew(stat, startedMs);
    },
    endScan(nowMs) {
      for (const { process, reports, event } of pending) if (process.reports === reports) emit(event);
      pending = candidates;
      candidates = [];
      table.prune(alive, nowMs);
      alive = new Set();
      seeded = true;
    },
  };
}

/** Without the stack's place (other users' processes), the same command line as the parent's passes for a fork. */
function isForkOf(parent: Process | undefined, stat: ProcStat, commandLine: string | undefined): boolean {
  if (!parent) return false;
  if (stat.stackStart !== undefined && parent.stackStart !== undefined) return stat.stackStart === parent.stackStart;
  return commandLine !== undefined && commandLine === parent.images.at(-1)?.commandLine;
}

function toProcessCreation(
  stat: ProcStat,
  details: ProcDetails,
  atMs: number,
  users: Users,
  bootId: string | undefined,
): SigmaEvent {
  const { exe, exeDeleted, argv, cwd, uid, loginUid, sessionId } = details;
  const fields: Record<string, FieldValue> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) fields[name] = value;
  };
  set('Image', exe);
  set('CommandLine', argv?.join(' '));
  set('CurrentDirectory', cwd);
  set('User', uid === undefined ? undefined : users.name(uid));
  set('LogonId', uid);
  set('ProcessId', String(stat.pid));
  set('ParentProcessId', String(stat.ppid));
  set('TerminalSessionId', sessionId);
  set('Tty', stat.tty);
  set('Auid', loginUid);
  if (exeDeleted) fields['ImageDeleted'] = 'true';
  fields['EventSource'] = 'proc';
  return {
    id: `proc:${bootId?.slice(0, 8) ?? ''}:${stat.pid}:${stat.startTicks}:${stat.stackStart ?? ''}`,
    timestampMs: atMs,
    logsource: { product: 'linux', category: 'process_creation' },
    fields,
    ...(argv && { argv }),
    pid: stat.pid,
    ppid: stat.ppid,
  };
}
