import type { ProcDetails, Procfs, ProcStat } from '../../src/host/procfs.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createCgroups } from '../../src/process/cgroups.ts';
import { createEnricher } from '../../src/process/enrich.ts';
import { createProcessGuid } from '../../src/process/guid.ts';
import { createLiveLookup } from '../../src/process/live-lookup.ts';
import { createObserver } from '../../src/process/observe.ts';
import { createProcessTable } from '../../src/process/table.ts';
import { createProcScan } from '../../src/sources/proc-scan.ts';
import { createHeldClock } from '../support/held-clock.ts';

export interface MadeProcess {
  readonly pid: number;
  ppid: number;
  readonly startTicks: number;
  stackStart: string | undefined;
  exe?: string;
  argv?: readonly string[];
  tty?: string;
  /** What /proc/PID/cgroup says. */
  cgroup?: string;
  session?: string;
  kernelThread?: boolean;
}

const users = { name: (uid: string) => (uid === '0' ? 'root' : undefined) };

/** A host whose processes the test makes up, with everything that looks at them; its boot was at time 0. */
export function createMadeHost(options: { readonly maxProcesses?: number; readonly scans?: boolean } = {}) {
  const clock = createHeldClock(1_000_000);
  const processes = new Map<number, MadeProcess>();
  const looks: number[] = [];
  const statReads: number[] = [];
  const procfs: Procfs = {
    pids: () => [...processes.keys()].sort((one, other) => one - other),
    stat(pid): ProcStat | undefined {
      statReads.push(pid);
      const process = processes.get(pid);
      if (!process) return undefined;
      const { ppid, startTicks, stackStart, tty, kernelThread = false } = process;
      return { pid, ppid, startTicks, stackStart, tty, kernelThread };
    },
    details(pid): ProcDetails {
      const process = processes.get(pid);
      return {
        exe: process?.exe,
        exeDeleted: false,
        argv: process?.argv,
        cwd: process && '/',
        uid: process && '0',
        loginUid: undefined,
        sessionId: process?.session,
      };
    },
    imagePath: (pid) => `/proc/${pid}/exe`,
    image: (pid) => processes.get(pid)?.exe,
    cgroup(pid) {
      looks.push(pid);
      return processes.get(pid)?.cgroup;
    },
    bootMs: () => 0,
    bootId: 'b007b007-0000-4000-8000-000000000000',
  };
  let evicted = 0;
  const table = createProcessTable(options.maxProcesses ?? 32_768, createProcessGuid('host'), () => {
    evicted++;
  });
  const live = createLiveLookup(procfs, users, clock);
  const own = { live, cgroups: createCgroups(live, clock.monotonicMs), hashOf: () => undefined };
  const enricher = createEnricher(table, options.scans === false ? undefined : own);
  const events: SigmaEvent[] = [];
  let auditReports = false;
  const observer = createObserver(table, (event) => events.push(event), {
    ...own,
    users,
    bootId: procfs.bootId,
    auditReports: () => auditReports,
  });
  const scan = createProcScan(procfs, {
    watch: { hasRun: () => true, keep: () => undefined },
    intervalMs: 2000,
    clock,
    looksAtAll: () => !auditReports,
  });
  let stacks = 0;

  const run = (process: MadeProcess, ...argv: string[]): MadeProcess => {
    const exe = `/bin/${argv[0]}`;
    Object.assign(process, { exe, argv, stackStart: `stack${stacks++}` });
    return process;
  };
  const fork = (parent: MadeProcess | undefined, pid: number): MadeProcess => {
    clock.advance(100);
    const process: MadeProcess = {
      ...(parent ?? {}),
      pid,
      ppid: parent?.pid ?? 0,
      startTicks: clock.nowMs() / 10,
      stackStart: parent?.stackStart,
    };
    processes.set(pid, process);
    return process;
  };

  return {
    clock,
    table,
    enricher,
    processes,
    events,
    /** Pids whose cgroup was asked for. */
    cgroupLooks: looks,
    statReads,
    get evicted() {
      return evicted;
    },
    fork,
    run,
    start: (parent: MadeProcess | undefined, pid: number, ...argv: string[]) => run(fork(parent, pid), ...argv),
    exit(process: MadeProcess) {
      processes.delete(process.pid);
      for (const child of processes.values()) if (child.ppid === process.pid) child.ppid = 1;
    },
    /** What the audit system would say of the exec that a process has just made. */
    audit({ pid, ppid, exe, argv = [], session }: MadeProcess): SigmaEvent {
      auditReports = true;
      return enricher.enrich(execEvent({ pid, ppid, exe: exe ?? '', argv, atMs: clock.nowMs(), session }));
    },
    async scan() {
      clock.advance(1000);
      await scan.scan({ onProcess: observer.see, onScanEnd: observer.endScan });
    },
  };
}

export function execEvent(exec: {
  readonly pid: number;
  readonly ppid: number;
  readonly exe: string;
  readonly argv: readonly string[];
  readonly atMs: number;
  readonly session?: string | undefined;
}): SigmaEvent {
  const { pid, ppid, exe, argv, atMs, session } = exec;
  return {
    id: `${atMs}:${pid}`,
    timestampMs: atMs,
    logsource: { product: 'linux', category: 'process_creation' },
    fields: {
      Image: exe,
      CommandLine: argv.join(' '),
      User: 'root',
      EventSource: 'audit',
      ...(session !== undefined && { TerminalSessionId: session }),
    },
    argv,
    pid,
    ppid,
  };
}
