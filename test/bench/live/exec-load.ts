import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const script = new URL('exec-load.py', import.meta.url).pathname;

/** Why no load can be made here; false where it can. */
export const noLoad: string | false = spawnSync('python3', ['--version']).status === 0 ? false : 'needs python3';

/** What the load was, as told by what made it. */
export interface ExecLoad {
  readonly execs: number;
  readonly seconds: number;
  /** The longest that a program was started late. */
  readonly longestDelayMs: number;
  readonly cpuSeconds: number;
  /** Nanoseconds of CLOCK_MONOTONIC at which each marker was started. */
  readonly markedNs: Readonly<Record<string, number>>;
}

/** Starts programs at a steady rate; a few of them have an argument `bench-marker-N-`. */
export async function loadExecs(
  rate: number,
  seconds: number,
  markersPerSecond: number,
  onReady: () => Promise<void> = () => Promise.resolve(),
): Promise<ExecLoad> {
  const load = spawn('python3', [script, rate, seconds, markersPerSecond].map(String), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(load.stdout)[Symbol.asyncIterator]();
  await lines.next();
  // What starts python3 may start programs of its own.
  await onReady();
  load.stdin.end('\n');
  return JSON.parse((await lines.next()).value ?? '') as ExecLoad;
}
