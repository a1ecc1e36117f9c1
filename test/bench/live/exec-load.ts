import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

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
export async function loadExecs(rate: number, seconds: number, markersPerSecond: number): Promise<ExecLoad> {
  const { stdout } = await promisify(execFile)('python3', [script, rate, seconds, markersPerSecond].map(String));
  return JSON.parse(stdout) as ExecLoad;
}
