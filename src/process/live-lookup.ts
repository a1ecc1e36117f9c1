import type { ProcDetails, Procfs, ProcStat } from '../host/procfs.ts';
import { msPerTick } from '../host/procfs.ts';
import type { Users } from '../host/users.ts';
import type { ProcessImage } from '../model/process.ts';

/** The clock may be set while we run, and boot time is told relative to it. */
const bootTimeFreshMs = 10_000;

/** Questions to /proc about processes that are alive now. */
export interface LiveLookup {
  /** Undefined when there is no such process. */
  stat(pid: number): ProcStat | undefined;
  startedMs(stat: ProcStat): number;
  image(pid: number, atMs: number): ProcessImage;
}

export function createLiveLookup(procfs: Procfs, users: Users, monotonicMs: () => number): LiveLookup {
  let bootMs = 0;
  let bootReadMs = Number.NEGATIVE_INFINITY;

  return {
    stat: (pid) => procfs.stat(pid),
    startedMs(stat) {
      const nowMs = monotonicMs();
      if (nowMs - bootReadMs > bootTimeFreshMs) {
        bootReadMs = nowMs;
        bootMs = procfs.bootMs();
      }
      return Math.round(bootMs + stat.startTicks * msPerTick);
    },
    image: (pid, atMs) => toImage(procfs.details(pid), atMs, users),
  };
}

export function toImage({ exe, argv, uid }: ProcDetails, atMs: number, users: Users): ProcessImage {
  return {
    source: 'proc',
    atMs,
    image: exe,
    commandLine: argv?.join(' '),
    user: uid === undefined ? undefined : users.name(uid),
  };
}
