import type { ProcDetails, Procfs, ProcStat } from '../host/procfs.ts';
import { msPerTick } from '../host/procfs.ts';
import type { Users } from '../host/users.ts';
import type { ProcessImage } from '../model/process.ts';

/** How long a pid that was looked up is believed to be the same process; pids are not used again that fast. */
const recheckMs = 1000;
/** The clock may be set while we run, and boot time is told relative to it. */
const bootTimeFreshMs = 10_000;
const maxChecked = 4096;

/** Questions to /proc about processes that are alive now. */
export interface LiveLookup {
  /** What /proc says of this pid; undefined when it was asked a moment ago, or when there is no such process. */
  recheck(pid: number): ProcStat | undefined;
  startedMs(stat: ProcStat): number;
  image(pid: number, atMs: number): ProcessImage;
}

export function createLiveLookup(procfs: Procfs, users: Users, monotonicMs: () => number): LiveLookup {
  const checkedMs = new Map<number, number>();
  let bootMs = 0;
  let bootReadMs = Number.NEGATIVE_INFINITY;

  return {
    recheck(pid) {
      const nowMs = monotonicMs();
      if (nowMs - (checkedMs.get(pid) ?? Number.NEGATIVE_INFINITY) < recheckMs) return undefined;
      if (checkedMs.size >= maxChecked) checkedMs.clear();
      checkedMs.set(pid, nowMs);
      return procfs.stat(pid);
    },
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
