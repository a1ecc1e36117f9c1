import type { ProcDetails, ProcStat } from '../host/procfs.ts';
import type { Users } from '../host/users.ts';
import type { ProcessImage } from '../model/process.ts';
import type { FieldValue, SigmaEvent } from '../model/sigma-event.ts';
import type { Cgroups } from './cgroups.ts';
import { isSame, withIdentity } from './enrich.ts';
import type { LiveLookup, Look } from './live-lookup.ts';
import { clockToleranceMs, type Process, type ProcessTable } from './table.ts';

/** Compares scans of /proc with what the table knows. */
export interface Observer {
  /** Takes one process of a scan; one that is known may be left out of some scans. */
  see(stat: ProcStat, nowMs: number): void;
  /** Ends a scan that began at `beganMs`: what was there then and is not among its pids is gone. */
  endScan(pids: ReadonlySet<number>, beganMs: number, nowMs: number): void;
}

interface Pending {
  readonly process: Process;
  readonly reports: number;
  readonly event: SigmaEvent;
}

/** Unreported processes that wait for the audit system to report them after all. */
const maxPending = 4096;
/** Parents that are looked up for one new process before the scan comes to them itself. */
const maxAncestorsAtOnce = 64;
/** How long after an exec was reported a process with the same command line passes for its fork. */
const forkMs = 10_000;

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
    live,
    cgroups,
    users,
    bootId,
    auditReports,
  }: {
    readonly live: LiveLookup;
    readonly cgroups: Cgroups;
    readonly users: Users;
    readonly bootId: string | undefined;
    readonly auditReports: () => boolean;
  },
): Observer {
  let looked = new Set<number>();
  let seeded = false;
  let pending: Pending[] = [];
  let candidates: Pending[] = [];

  function unreported(process: Process, stat: ProcStat, { details, image }: Look, previous?: ProcessImage): void {
    const nothingKnown = details.exe === undefined && details.argv === undefined;
    if (!seeded || nothingKnown) return;
    const event = toProcessCreation(stat, details, image.atMs, users, bootId);
    const identified = withIdentity(event, process, process.parent, previous);
    const candidate = { process, reports: process.reports, event: identified };
    if (auditReports() && candidates.length < maxPending) candidates.push(candidate);
    else emit(candidate.event);
  }

  function seeNew(stat: ProcStat, startedMs: number, depth: number): Process {
    const { pid, startTicks, ppid, stackStart } = stat;
    const parent = findParent(stat, startedMs, depth);
    const look = live.look(stat, startedMs, parent);
    const { image, session } = look;
    const process = table.add({ pid, startedMs, startTicks, ppid, parent, stackStart, reports: 0, session, image });
    cgroups.refresh(process);
    if (image.source !== 'fork') unreported(process, stat, look);
    return process;
  }

  /** A parent may have a higher pid, where pids began anew, and so not have been seen yet. */
  function findParent({ ppid }: ProcStat, startedMs: number, depth: number): Process | undefined {
    const known = table.find(ppid, startedMs);
    if (looked.has(ppid) || depth === maxAncestorsAtOnce) return known;
    const stat = live.stat(ppid);
    if (!stat || stat.kernelThread || live.startedMs(stat) > startedMs + clockToleranceMs) return known;
    looked.add(ppid);
    return recognise(stat, startedMs, depth + 1);
  }

  function recognise(stat: ProcStat, atMs: number, depth: number): Process {
    const startedMs = live.startedMs(stat);
    const known = table.find(stat.pid, atMs);
    if (!known || !isSame(known, stat, startedMs)) return seeNew(stat, startedMs, depth);
    seeAgain(known, stat, atMs);
    return known;
  }

  function seeAgain(process: Process, stat: ProcStat, nowMs: number): void {
    const reported = process.reports > process.reportsAtScan;
    const executed = stat.stackStart !== undefined && process.stackStart !== stat.stackStart;
    process.reportsAtScan = process.reports;
    process.seenMs = nowMs;
    cgroups.refresh(process);
    if (!executed) return;
    process.formerStackStart = process.stackStart;
    process.stackStart = stat.stackStart;
    if (reported) return;
    // It is no fork: the stack is its own.
    const look = live.look(stat, nowMs, undefined);
    unreported(process, stat, look, table.addImage(process, look.image));
  }

  function emitUnreported(): void {
    const unexplained = pending.filter(({ process, reports }) => process.reports === reports);
    if (unexplained.length === 0) return;
    const execs = reportedExecs(table);
    for (const { event, process } of unexplained) {
      const reportedMs = execs.get(execKey(event.fields['Image'], event.fields['CommandLine']));
      // A daemon forks twice before anyone looks, and then nothing ties it to the process that executed.
      const ageMs = process.startedMs - (reportedMs ?? Number.NaN);
      const isFork = ageMs >= -clockToleranceMs && ageMs <= forkMs;
      if (!isFork) emit(event);
    }
  }

  return {
    see(stat, nowMs) {
      if (stat.kernelThread) return;
      if (looked.has(stat.pid)) return;
      looked.add(stat.pid);
      recognise(stat, nowMs, 0);
    },
    endScan(pids, beganMs, nowMs) {
      emitUnreported();
      pending = candidates;
      candidates = [];
      // Where init is hidden (proc(5) hidepid), others are too, and what is not seen may well be alive.
      if (pids.has(1)) table.prune(pids, beganMs, nowMs);
      looked = new Set();
      seeded = true;
    },
  };
}

/** When the audit system last reported each program with each command line. */
function reportedExecs(table: ProcessTable): ReadonlyMap<string, number> {
  const execs = new Map<string, number>();
  for (const { images } of table.all()) {
    for (const { source, image, commandLine, atMs } of images) {
      if (source === 'audit') execs.set(execKey(image, commandLine), atMs);
    }
  }
  return execs;
}

function execKey(image: unknown, commandLine: unknown): string {
  return `${image}\0${commandLine}`;
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
