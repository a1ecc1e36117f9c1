import { realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { SigmaEvent } from '../model/sigma-event.ts';
import type { Clock } from './clock.ts';
import { findProgram } from './programs.ts';
import { type ProgramEnd, type ProgramOptions, programPath, startProgram } from './run-program.ts';

interface OwnProgramOptions extends ProgramOptions {
  /** Called once, when the audit system has reported its exec, with the milliseconds since then. */
  readonly onReported?: (latencyMs: number) => void;
}

/**
 * The processes that the agent starts for its own use. What they do is nothing for rules, for an alert about them could
 * start another one of them. Asked only about events of this host.
 */
export interface OwnProcesses {
  /** @see runProgram */
  run(program: string, args: readonly string[], options: OwnProgramOptions): Promise<ProgramEnd>;
  /** Says that something else here is about to run a program, once, with these arguments; only then its pid is known. */
  expect(program: string, args: readonly string[]): Promise<void>;
  /**
   * Whether an event tells of the exec by which one of them began. The audit system tells that once: what the same process
   * executes after it is somebody else's doing.
   */
  takeExec(event: SigmaEvent): boolean;
  /** Whether the agent or one of them did this, such as a file or a connection. */
  isActor(event: SigmaEvent): boolean;
}

interface Expected {
  readonly image: string;
  readonly argv: readonly string[];
}

interface Child extends Expected {
  readonly startedMs: number;
  endedMs: number;
  /** Called when the audit system reports it; undefined once that has been. */
  reported: (() => void) | undefined;
}

/** Remembered after their end, for their events may come late. */
const maxChildren = 1024;
const maxExpected = 64;
/** The kernel stamps records with a clock that is some milliseconds behind. */
const toleranceMs = 1000;

/** The process that asks. */
const thisProcess = { image: realpathSync(process.execPath), startedMs: performance.timeOrigin };

/**
 * @param pid the agent's
 * @param agent its program, and when it was started, in milliseconds since the epoch
 */
export function createOwnProcesses(pid: number, clock: Clock, agent = thisProcess): OwnProcesses {
  const children = new Map<number, Child>();
  const builtMs = clock.nowMs();
  let expected: readonly Expected[] = [];

  function enter(childPid: number, { image, argv }: Expected): Child {
    const child: Child = {
      image,
      argv,
      startedMs: clock.nowMs(),
      endedMs: Number.POSITIVE_INFINITY,
      reported: () => undefined,
    };
    children.delete(childPid);
    children.set(childPid, child);
    if (children.size > maxChildren) for (const oldest of [...children.keys()].slice(0, 1)) children.delete(oldest);
    return child;
  }

  /** Its parent is the agent, so a pid that was used again is not meant. */
  function childOf({ pid: childPid, ppid }: SigmaEvent): Child | undefined {
    return childPid === undefined || ppid !== pid ? undefined : children.get(childPid);
  }

  /** One that was expected is known by its pid from its exec on; it ends soon, and nobody here sees when. */
  function takeExpected(event: SigmaEvent): boolean {
    const found = event.ppid === pid ? expected.find((other) => isExecOf(event, other)) : undefined;
    if (!found || event.pid === undefined) return false;
    expected = expected.filter((other) => other !== found);
    const child = enter(event.pid, found);
    child.reported = undefined;
    child.endedMs = event.timestampMs + toleranceMs;
    return true;
  }

  /** The exec by which the agent itself began; what this process may execute after that is somebody else's doing. */
  function isOwnStart({ pid: processPid, fields, timestampMs }: SigmaEvent): boolean {
    const isThen = timestampMs > agent.startedMs - toleranceMs && timestampMs <= builtMs;
    return processPid === pid && isThen && fields['Image'] === agent.image;
  }

  return {
    async run(program, args, { argv0 = program, onReported, ...options }) {
      const path = await programPath(program);
      const image = await realpath(path);
      const sinceMs = clock.monotonicMs();
      const { pid: childPid, ended } = startProgram(path, args, { argv0, ...options });
      if (childPid === undefined) return ended;
      const child = enter(childPid, { image, argv: [argv0, ...args] });
      child.reported = () => onReported?.(clock.monotonicMs() - sinceMs);
      try {
        return await ended;
      } finally {
        child.endedMs = clock.nowMs();
      }
    },
    async expect(program, args) {
      const path = await findProgram(program);
      if (path === undefined) return;
      expected = [...expected, { image: await realpath(path), argv: [program, ...args] }].slice(-maxExpected);
    },
    takeExec(event) {
      if (isOwnStart(event)) return true;
      const child = childOf(event);
      if (!child || !isExecOf(event, child)) return takeExpected(event);
      // A scan of /proc shows it as long as it lives.
      if (event.fields['EventSource'] === 'proc') return true;
      const { reported } = child;
      child.reported = undefined;
      reported?.();
      return reported !== undefined;
    },
    isActor(event) {
      if (event.pid === pid) return true;
      const child = childOf(event);
      if (!child) return false;
      const { timestampMs } = event;
      return timestampMs > child.startedMs - toleranceMs && timestampMs < child.endedMs + toleranceMs;
    },
  };
}

function isExecOf({ fields, argv }: SigmaEvent, { image, argv: expected }: Expected): boolean {
  return (
    fields['Image'] === image &&
    argv?.length === expected.length &&
    argv.every((word, place) => word === expected[place])
  );
}
