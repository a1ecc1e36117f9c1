import type { Clock } from '../host/clock.ts';
import type { ProcDetails, Procfs, ProcStat } from '../host/procfs.ts';
import { msPerTick } from '../host/procfs.ts';
import type { Users } from '../host/users.ts';
import type { ProcessImage } from '../model/process.ts';
import { type Cgroup, parseCgroup } from './cgroup.ts';
import { isForkOf } from './fork.ts';
import type { Process } from './table.ts';

/** The clock may be set while we run, and boot time is told relative to it. */
const bootTimeFreshMs = 10_000;

/** Questions to /proc about processes that are alive now. */
export interface LiveLookup {
  /** Undefined when there is no such process. */
  stat(pid: number): ProcStat | undefined;
  startedMs(stat: ProcStat): number;
  /** What it runs, and its audit session. */
  look(stat: ProcStat, atMs: number, parent: Process | undefined): Look;
  /** By the clock that events are stamped with. */
  nowMs(): number;
  /** Undefined when there is no such process; the same object for all processes of a cgroup. */
  cgroup(pid: number): Cgroup | undefined;
}

export interface Look {
  readonly image: ProcessImage;
  readonly session: string | undefined;
  readonly details: ProcDetails;
}

/** Texts of /proc/PID/cgroup whose meaning is remembered. */
const maxCgroups = 4096;

export function createLiveLookup(
  procfs: Procfs,
  users: Users,
  { nowMs, monotonicMs }: Pick<Clock, 'nowMs' | 'monotonicMs'>,
): LiveLookup {
  let bootMs = 0;
  let bootReadMs = Number.NEGATIVE_INFINITY;
  const cgroups = new Map<string, Cgroup>();

  return {
    nowMs,
    stat: (pid) => procfs.stat(pid),
    startedMs(stat) {
      const readMs = monotonicMs();
      if (readMs - bootReadMs > bootTimeFreshMs) {
        bootReadMs = readMs;
        bootMs = procfs.bootMs();
      }
      return Math.round(bootMs + stat.startTicks * msPerTick);
    },
    look(stat, atMs, parent) {
      const details = procfs.details(stat.pid);
      const { exe, argv, uid, sessionId } = details;
      const commandLine = argv?.join(' ');
      const image: ProcessImage = {
        source: isForkOf(parent, stat, commandLine) ? 'fork' : 'proc',
        atMs,
        image: exe,
        commandLine,
        user: uid === undefined ? undefined : users.name(uid),
      };
      return { image, session: sessionId, details };
    },
    cgroup(pid) {
      const text = procfs.cgroup(pid);
      if (text === undefined) return undefined;
      const known = cgroups.get(text);
      if (known) return known;
      if (cgroups.size >= maxCgroups) cgroups.clear();
      const cgroup = parseCgroup(text);
      cgroups.set(text, cgroup);
      return cgroup;
    },
  };
}
