import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { unlessOrdinary } from './procfs.ts';

/**
 * Notices, in one short system call, that a process has not run since it was last asked for, so that it has not executed
 * either: /proc/PID/schedstat counts its time and its turns, and its descriptor stays open from scan to scan. Of a process
 * that has got the pid of another it never says so, for a descriptor knows its own (ESRCH).
 *
 * @see Documentation/scheduler/sched-stats.rst of the kernel
 */
export interface RunWatch {
  /** Whether the process may have run since the last call for it; true at the first. */
  hasRun(pid: number): boolean;
  /** Lets go of all processes but these. */
  keep(pids: ReadonlySet<number>): void;
}

/** Enough for hosts that have many processes; of those past it nothing is noticed. */
const maxWatched = 8192;

interface Watched {
  readonly fd: number;
  counts: string;
}

/** @param root where proc(5) is mounted */
export function createRunWatch(root: string): RunWatch {
  const limit = Math.min(maxWatched, Math.floor(openFilesLimit(root) / 4));
  const watched = new Map<number, Watched>();
  const buffer = Buffer.alloc(128);

  /** Undefined where the kernel does not count. */
  function read(fd: number): string | undefined {
    const counts = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
    return counts.startsWith('0 0 0') ? undefined : counts;
  }

  function letGo(pid: number, fd: number): void {
    watched.delete(pid);
    closeSync(fd);
  }

  function begin(pid: number): void {
    if (watched.size >= limit) return;
    const fd = unlessOrdinary(() => openSync(`${root}/${pid}/schedstat`, 'r'));
    if (fd === undefined) return;
    const counts = unlessOrdinary(() => read(fd));
    if (counts === undefined) closeSync(fd);
    else watched.set(pid, { fd, counts });
  }

  return {
    hasRun(pid) {
      const known = watched.get(pid);
      if (!known) {
        begin(pid);
        return true;
      }
      const counts = unlessOrdinary(() => read(known.fd));
      if (counts === undefined) {
        letGo(pid, known.fd);
        return true;
      }
      if (counts === known.counts) return false;
      known.counts = counts;
      return true;
    },
    keep(pids) {
      for (const [pid, { fd }] of watched) if (!pids.has(pid)) letGo(pid, fd);
    },
  };
}

/** @see getrlimit(2) RLIMIT_NOFILE; Node raises the soft limit to the hard one when it starts */
function openFilesLimit(root: string): number {
  const limits = unlessOrdinary(() => readFileSync(join(root, 'self/limits'), 'latin1'));
  return Number(/^Max open files\s+(\d+)/m.exec(limits ?? '')?.[1] ?? 0);
}
