import type { ProcessImage } from '../model/process.ts';

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
  /** Bottom of the stack at the last scan, see ProcStat. */
  stackStart: string | undefined;
  /** Exec events that came for it, and how many of them had when a scan last looked. */
  reports: number;
  reportsAtScan: number;
  /** When a scan found it gone. */
  goneMs: number | undefined;
}

export interface ProcessTable {
  /** The process that had this pid at this time. */
  find(pid: number, atMs: number): Process | undefined;
  /** Enters a process; an older one with the same pid is remembered for events that are still on their way. */
  add(
    process: Omit<Process, 'guid' | 'images' | 'goneMs' | 'reportsAtScan'> & { readonly image: ProcessImage },
  ): Process;
  /** Notes that a process now runs another image. */
  addImage(process: Process, image: ProcessImage): void;
  /** Marks processes that are not in `alive` as gone, and forgets those that have been for long. */
  prune(alive: ReadonlySet<number>, nowMs: number): void;
  readonly size: number;
  /** Processes that were forgotten because the table was full. */
  readonly evicted: number;
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

/** @param guidOf makes the ProcessGuid of a pid and its start */
export function createProcessTable(
  maxProcesses: number,
  guidOf: (pid: number, startedMs: number) => string,
): ProcessTable {
  /** Newest last; the map's order is the order of last use. */
  const byPid = new Map<number, Process[]>();
  let evicted = 0;

  return {
    find(pid, atMs) {
      const generations = byPid.get(pid);
      if (!generations) return undefined;
      // Used again, so moved to the end: the least recently used is forgotten first.
      byPid.delete(pid);
      byPid.set(pid, generations);
      return generations.findLast(
        ({ startedMs, goneMs }) =>
          startedMs <= atMs + clockToleranceMs && (goneMs === undefined || goneMs + clockToleranceMs >= atMs),
      );
    },
    add({ image, ...identity }) {
      const { pid, startedMs } = identity;
      const process = {
        ...identity,
        guid: guidOf(pid, startedMs),
        images: [image],
        goneMs: undefined,
        reportsAtScan: 0,
      };
      const generations = byPid.get(pid) ?? [];
      byPid.delete(pid);
      byPid.set(pid, insertByStart(generations, process));
      cutAncestry(process);
      if (byPid.size > maxProcesses) {
        for (const [oldest] of byPid) {
          byPid.delete(oldest);
          evicted++;
          break;
        }
      }
      return process;
    },
    addImage(process, image) {
      // Events of one process come in order, but after a pause the scan may have been faster.
      const place = process.images.findLastIndex(({ atMs }) => atMs <= image.atMs) + 1;
      process.images.splice(place, 0, image);
      if (process.images.length > maxImages) process.images.shift();
    },
    prune(alive, nowMs) {
      const remembered = byPid.size > maxProcesses / 2 ? rememberGoneCrowdedMs : rememberGoneMs;
      for (const [pid, generations] of byPid) {
        const current = generations.at(-1);
        if (current && current.goneMs === undefined && !alive.has(pid)) current.goneMs = nowMs;
        if (current?.goneMs !== undefined && nowMs - current.goneMs > remembered) byPid.delete(pid);
      }
    },
    get size() {
      return byPid.size;
    },
    get evicted() {
      return evicted;
    },
  };
}

/** The image that a process ran at this time; its first where all are later. */
export function imageAt({ images }: Process, atMs: number): ProcessImage | undefined {
  return images.findLast((image) => image.atMs <= atMs) ?? images[0];
}

function insertByStart(generations: readonly Process[], process: Process): Process[] {
  const place = generations.findLastIndex(({ startedMs }) => startedMs <= process.startedMs) + 1;
  return generations.toSpliced(place, 0, process).slice(-maxGenerations);
}

/** A chain of processes that each start the next and end would otherwise be held for ever. */
function cutAncestry(process: Process): void {
  let ancestor: Process | undefined = process;
  for (let steps = 0; ancestor && steps < maxAncestors; steps++) ancestor = ancestor.parent;
  if (ancestor) ancestor.parent = undefined;
}
