import { type ChildProcess, spawn } from 'node:child_process';
import { findProgram } from './programs.ts';

export interface ProgramOptions {
  /** What the program is told as its own name; by default the name that it was asked for by. */
  readonly argv0?: string;
  /** After this it is killed. */
  readonly timeoutMs: number;
  /** Kills it when it aborts. */
  readonly signal?: AbortSignal;
}

/** How a program ended: its exit code is undefined when it was killed; its output is at most 1 MiB. */
export interface ProgramEnd {
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

export type RunProgram = (program: string, args: readonly string[], options: ProgramOptions) => Promise<ProgramEnd>;

/** A program that has just been started. */
export interface Started {
  /** Undefined where it could not be. */
  readonly pid: number | undefined;
  /** @throws Error of spawn(2) */
  readonly ended: Promise<ProgramEnd>;
}

const maxOutputBytes = 1_048_576;

/**
 * Runs a program that `findProgram` finds, with none of this process's files and environment.
 *
 * @throws Error of spawn(2), with `code` ENOENT where there is no such program
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { argv0 = program, ...options }: ProgramOptions,
): Promise<ProgramEnd> {
  return startProgram(await programPath(program), args, { argv0, ...options }).ended;
}

/** @throws Error with `code` ENOENT where there is no such program */
export async function programPath(program: string): Promise<string> {
  const path = await findProgram(program);
  if (path !== undefined) return path;
  throw Object.assign(new Error(`${program} is not installed`), { code: 'ENOENT' });
}

/** As `runProgram`, for a program whose path is known; it has executed when this returns. */
export function startProgram(
  path: string,
  args: readonly string[],
  { argv0 = path, timeoutMs, signal }: ProgramOptions,
): Started {
  const process = spawn(path, args, {
    argv0,
    cwd: '/',
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(signal && { signal }),
  });
  return { pid: process.pid, ended: endOf(process) };
}

function endOf(process: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    process.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      if (stdout.length < maxOutputBytes) stdout += chunk;
    });
    // A process that was started says here that it is being killed, and then its end follows.
    process.on('error', (error) => process.pid === undefined && reject(error));
    process.on('close', (exitCode) => resolve({ exitCode: exitCode ?? undefined, stdout }));
  });
}
