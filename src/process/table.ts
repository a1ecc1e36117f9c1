import type { ProcessImage } from '../model/process.ts';
import type { Cgroup } from './cgroup.ts';
import { pooled, shorten } from './kept-text.ts';

/** A process, alive or remembered. Holds its true parent, also after that has gone and the kernel says ppid 1. */
export interface Process {
  readonly pid: number;
  /** Milliseconds since the epoch; the time of the first exec seen where /proc was not asked. */
  readonly startedMs: number;
  /** From /proc/PID/stat; undefined while only exec events told of the process. */
  startTicks: number | undefined;
  readonly guid: string;
  readonly ppid: number | undefined;
  parent: Process | undefined;
  /** Images it has run, oldest first, never empty. */
  readonly images: ProcessImage[];
  /** Bottom of the stack at the last scan, see ProcStat, and what it was before the last exec that a scan noticed. */
  stackStart: string | undefined;
  formerStackStart: string | undefined;
  /** Exec events that came for it, and how many of them had when a scan last looked. */
  reports: number;
  reportsAtScan: number;
  /** When /proc last showed it as the process that has this pid. */
  seenMs: number;
  /** When a scan found it gone. */
  goneMs: number | undefined;
  /** The audit session, as text; 4294967295 without a login. */
  session: string | undefined;
  /** Undefined where it is not known, or cgroups are not looked at. */
  cgroup: Cgroup | undefined;
  /** When /proc was asked for it, in monotonic time; never for one that is inherited. */
  cgroupReadMs: number;
  /** A child of it was in another cgroup. */
  movesChildren: boolean;
}

/** What is known of a process when it is entered. */
export type NewProcess = Pick<
  Process,
  'pid' | 'startedMs' | 'startTicks' | 'ppid' | 'parent' | 'stackStart' | 'reports' | 'session'
> & {
  readonly image: ProcessImage;
  /** What it has run since, in order; of a table that was saved. */
  readonly laterImages?: readonly ProcessImage[];
};

export interface ProcessTable {
  /** The process that had this pid at this time. */
  find(pid: number, atMs: number): Process | undefined;
  /** Enters a process; an older one with the same pid is remembered for events that are still on their way. */
  add(process: NewProcess): Process;
  /**
   * Notes that a process runs another image from `image.atMs` on. One exec is one image, also where the audit system
   * reports it after a scan has seen it, or is read again after a crash.
   *
   * @returns the image that it executed before that; undefined where it had executed none, or none is known
   */
  addImage(process: Process, image: ProcessImage): ProcessImage | undefined;
  /** Marks processes that ran at `beganMs` and are not in `alive` as gone, and forgets those that have been for long. */
  prune(alive: ReadonlySet<number>, beganMs: number, nowMs: number): void;
  /** All that are known, the least recently used first. */
  all(): Iterable<Process>;
  readonly size: number;
  /** Grows with what is entered, noted or found gone. */
  readonly changes: number;
  /** The ProcessGuid of a pid and its start, for a process that is not entered. */
  guidOf(pid: number, startedMs: number): string;
}

/**
 * Clocks differ: audit stamps with the kernel's coarse clock (up to 10 ms behind), /proc counts ticks of 10 ms, and
 * the moment of boot is known to 10 ms.
 */
export const clockToleranceMs = 60;

/** Events may come late, after a pause of the reader or of auditd. */
const rememberGoneMs = 120_000;
const rememberGoneCrowdedMs = 10_000;
const maxImages = 4;
const maxGenerations = 4;
const maxAncestors = 16;
/** Characters of all command lines together; whoever starts programs chooses how long these are. */
const maxCharacters = 64 * 1024 * 1024;

/**
 * @param maxProcesses pids that are remembered; past it the least recently used is forgotten
 * @param guidOf makes the ProcessGuid of a pid and its start
 * @param onEvicted told of each pid that was forgotten because the table was full
 */
export function createProcessTable(
  maxProcesses: number,
  guidOf: (pid: number, startedMs: number) => string,
  onEvicted: () => void = () => undefined,
): ProcessTable {
  /** Newest last; the map's order is the order of last use. */
  const byPid = new Map<number, Process[]>();
  let characters = 0;
  let changes = 0;

  function forget(pid: number, generations: readonly Process[]): void {
    for (const { images } of generations) for (const image of images) characters -= lengthOf(image);
    byPid.delete(pid);
  }

  function isFull(): boolean {
    return byPid.size > maxProcesses || characters > maxCharacters;
  }

  function evict(): void {
    // Asked first: an iterator has to pass over all that was moved away from the front.
    if (!isFull()) return;
    for (const [pid, generations] of byPid) {
      forget(pid, generations);
      onEvicted();
      if (!isFull()) return;
    }
  }

  function remember(image: ProcessImage): ProcessImage {
    const { source, atMs, user, commandLine } = image;
    const kept = { source, atMs, image: pooled(image.image), commandLine: shorten(commandLine), user: pooled(user) };
    characters += lengthOf(kept);
    return kept;
  }

  /** Used again, so moved to the end: the least recently used is forgotten first. */
  function touch(pid: number): readonly Process[] | undefined {
    const generations = byPid.get(pid);
    if (!generations) return undefined;
    byPid.delete(pid);
    byPid.set(pid, generations);
    return generations;
  }

  return {
    find(pid, atMs) {
      return touch(pid)?.findLast(
        ({ startedMs, goneMs }) =>
          startedMs <= atMs + clockToleranceMs && (goneMs === undefined || goneMs + clockToleranceMs >= atMs),
      );
    },
    add({ pid, startedMs, startTicks, ppid, parent, stackStart, reports, session, image, laterImages = [] }) {
      changes++;
      const process: Process = {
        pid,
        startedMs,
        startTicks,
        guid: guidOf(pid, startedMs),
        ppid,
        parent,
        images: [image, ...laterImages].map(remember),
        stackStart,
        formerStackStart: undefined,
        reports,
        reportsAtScan: 0,
        seenMs: Number.NEGATIVE_INFINITY,
        goneMs: undefined,
        session: pooled(session),
        cgroup: undefined,
        cgroupReadMs: Number.NEGATIVE_INFINITY,
        movesChildren: false,
      };
      const generations = byPid.get(pid) ?? [];
      insertByStart(generations, process);
      const oldest = generations.length > maxGenerations ? generations.shift() : undefined;
      for (const old of oldest?.images ?? []) characters -= lengthOf(old);
      byPid.delete(pid);
      byPid.set(pid, generations);
      cutAncestry(process);
      evict();
      return process;
    },
    addImage(process, image) {
      changes++;
      const { images } = process;
      const known = images.findIndex((other) => isSameExec(other, image));
      if (known >= 0) for (const old of images.splice(known, 1)) characters -= lengthOf(old);
      // Events of one process come in order, but after a pause the scan may have been faster.
      const place = images.findLastIndex(({ atMs }) => atMs <= image.atMs) + 1;
      const previous = images[place - 1];
      images.splice(place, 0, remember(image));
      const oldest = images.length > maxImages ? images.shift() : undefined;
      if (oldest) characters -= lengthOf(oldest);
      evict();
      return previous?.source === 'fork' ? undefined : previous;
    },
    prune(alive, beganMs, nowMs) {
      const crowded = byPid.size > maxProcesses / 2;
      const remembered = crowded ? rememberGoneCrowdedMs : rememberGoneMs;
      for (const [pid, generations] of byPid) {
        const current = generations.at(-1);
        if (!current) continue;
        const hadBegun = current.startedMs + clockToleranceMs < beganMs;
        if (current.goneMs === undefined && hadBegun && !alive.has(pid)) {
          current.goneMs = nowMs;
          changes++;
        }
        if (current.goneMs !== undefined && nowMs - current.goneMs > remembered) forget(pid, generations);
      }
      // A quiet process is not asked for, and is not to go before one that has ended.
      if (crowded) for (const pid of alive) touch(pid);
    },
    *all() {
      for (const generations of byPid.values()) yield* generations;
    },
    get changes() {
      return changes;
    },
    get size() {
      return byPid.size;
    },
    guidOf,
  };
}

/** The image that a process ran at this time; its first where all are later. */
export function imageAt({ images }: Process, atMs: number): ProcessImage | undefined {
  return images.findLast((image) => image.atMs <= atMs) ?? images[0];
}

function isSameExec(known: ProcessImage, { source, atMs, image, commandLine }: ProcessImage): boolean {
  if (source !== 'audit' || known.image !== image) return false;
  return known.source === 'audit' ? known.atMs === atMs : known.commandLine === shorten(commandLine);
}

function lengthOf({ commandLine }: ProcessImage): number {
  return commandLine?.length ?? 0;
}

function insertByStart(generations: Process[], process: Process): void {
  const place = generations.findLastIndex(({ startedMs }) => startedMs <= process.startedMs) + 1;
  generations.splice(place, 0, process);
}

/** A chain of processes that each start the next and end would otherwise be held for ever. */
function cutAncestry(process: Process): void {
  let ancestor: Process | undefined = process;
  for (let steps = 0; ancestor && steps < maxAncestors; steps++) ancestor = ancestor.parent;
  if (ancestor) ancestor.parent = undefined;
}
