import type { ProcessImage } from '../model/process.ts';
import type { Cgroup } from './cgroup.ts';
import type { LiveLookup } from './live-lookup.ts';
import type { Process } from './table.ts';

/** Learns in which cgroup processes are, without asking the kernel at each exec. */
export interface Cgroups {
  /** At the first exec of a process that is seen. */
  inherit(process: Process, parent: Process | undefined): void;
  /** At an exec in a process that was known before, which ran `previous`. */
  followExec(process: Process, previous: ProcessImage | undefined): void;
  /** At a scan: reads it where it was not read for a minute, since a process may be moved at any time. */
  refresh(process: Process): void;
}

/** Looks a second that are spent on processes of which nothing says that they have been moved. */
const looksPerSecond = 20;
const refreshMs = 60_000;

/**
 * A process is in its parent's cgroup unless it was moved. systemd and container runtimes move it before the exec of what
 * it is to run, login programs move themselves. So the kernel is asked where the parent is one of these or has been seen to
 * do the like, where the same process executes again and where the login session is another; and anyhow as long as there
 * are few execs a second. All others inherit. Who moved and is gone before the look has none, rather than a wrong one.
 */
export function createCgroups(live: LiveLookup, monotonicMs: () => number): Cgroups {
  let looks = 0;
  let secondStartedMs = Number.NEGATIVE_INFINITY;

  function maySpendLook(): boolean {
    const nowMs = monotonicMs();
    if (nowMs - secondStartedMs >= 1000) {
      secondStartedMs = nowMs;
      looks = 0;
    }
    return looks++ < looksPerSecond;
  }

  function look(process: Process): Cgroup | undefined {
    const found = live.cgroup(process.pid);
    if (!found) return undefined;
    process.cgroup = found;
    process.cgroupReadMs = monotonicMs();
    return found;
  }

  return {
    inherit(process, parent) {
      const ofParent = parent && (parent.cgroup ?? look(parent));
      const suspicious = !ofParent || movesChildren(parent) || parent.session !== process.session;
      const found = suspicious || maySpendLook() ? look(process) : undefined;
      if (found === undefined && !suspicious) process.cgroup = ofParent;
      if (found && parent && found !== ofParent && look(parent) !== found) parent.movesChildren = true;
    },
    followExec(process, previous) {
      if (!look(process) && isMover(previous)) process.cgroup = undefined;
    },
    refresh(process) {
      if (monotonicMs() - process.cgroupReadMs >= refreshMs) look(process);
    },
  };
}

const movers =
  /\/(?:systemd|systemd-executor|systemd-nspawn|runc|crun|youki|conmon|containerd-shim[^/]*|dockerd|lxc-[^/]*)$/;

function isMover(image: ProcessImage | undefined): boolean {
  return movers.test(image?.image ?? '');
}

function movesChildren({ pid, movesChildren: seen, images }: Process): boolean {
  return seen || pid === 1 || isMover(images.at(-1));
}
