import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import type { CommandIo } from './cli/io.ts';
import { createProgram } from './cli/program.ts';
import type { RunDeps } from './cli/run.ts';
import { keepObjectsYoung } from './host/garbage.ts';
import { AgentError, exitCode } from './model/errors.ts';

keepObjectsYoung();
const programFolder = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(programFolder, '../package.json'), 'utf8')) as { version: string };
const stop = new AbortController();
let reload: (() => void) | undefined;
let isReloadDue = false;
// Other commands end at a signal as programs do; nobody there would hear that they should.
if (process.argv[2] === 'run') {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  // From the beginning, for while nothing listens SIGHUP ends the process.
  process.on('SIGHUP', () => {
    if (reload) reload();
    else isReloadDue = true;
  });
}

const io: CommandIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  setExitCode(code) {
    process.exitCode = code;
  },
};
const deps: RunDeps = {
  programFolder,
  agentVersion: version,
  pid: process.pid,
  isRoot: process.geteuid?.() === 0,
  noColor: (process.env['NO_COLOR'] ?? '') !== '',
  notifySocket: process.env['NOTIFY_SOCKET'],
  stdout: process.stdout,
  stop: stop.signal,
  onReload(act) {
    reload = act;
    if (isReloadDue) act();
  },
};

try {
  const program = await createProgram(io, deps, process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong where it has not been said; a bug shows its stack. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof AgentError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`bug in sigmond ${version}: ${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCode.bug;
}
