import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askAgent } from '../../../src/control/client.ts';
import type { AgentStatus } from '../../../src/model/status.ts';
import { startSigmond } from '../../support/sigmond.ts';
import { waitUntil } from '../../support/wait.ts';

/** A program that follows what auditd records, and writes something of each marker to a file. */
export interface Follower {
  readonly pid: number;
  readonly outputPath: string;
  /** Exec events that it has told of so far; undefined where it does not count them. */
  execsSeen(): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** The agent as it is built, with a file sink and the rule of the markers beside `rulePaths`. */
export async function followWithSigmond(logPath: string, rulePaths: readonly string[]): Promise<Follower> {
  let outputPath = '';
  const rules = [new URL('../rules', import.meta.url).pathname, ...rulePaths];
  const sigmond = await startSigmond((folder) => {
    outputPath = join(folder, 'alerts.jsonl');
    writeFileSync(outputPath, '');
    return `
state_dir: ${folder}/state
rules: {paths: ${JSON.stringify(rules)}}
sources: {audit_log: {path: ${logPath}}}
sinks: [{name: local, type: file, path: ${outputPath}}]
control: {socket: ${folder}/control.sock}
# Its programs would count as execs.
canary: {enabled: false}
`;
  });
  return {
    pid: pidOf(sigmond.process),
    outputPath,
    async execsSeen() {
      const status = await askAgent(join(sigmond.folder, 'control.sock'), '/status');
      return (JSON.parse(status ?? '') as AgentStatus).events.seen;
    },
    stop: async () => void (await sigmond.stop()),
  };
}

/** tail-file as it comes, in a process of Node.js that looks for one text. */
export async function followBarely(logPath: string, folder: string): Promise<Follower> {
  const outputPath = join(folder, 'bare-tail.txt');
  const script = new URL('bare-tail.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, logPath, 'bench-marker-'], {
    stdio: ['ignore', openSync(outputPath, 'w'), 'pipe'],
  });
  if (child.stderr) await once(child.stderr, 'data');
  return { pid: pidOf(child), outputPath, execsSeen: () => Promise.resolve(undefined), stop: () => end(child) };
}

/** laurel as a plugin of the auditd that is started with its plugin file. */
export function prepareLaurel(folder: string): { readonly pluginPath: string; follow(): Promise<Follower> } {
  const outputPath = join(folder, 'laurel/audit.log');
  const configPath = join(folder, 'laurel.toml');
  const pluginPath = join(folder, 'laurel.conf');
  mkdirSync(join(folder, 'laurel'));
  writeFileSync(configPath, laurelConfig(join(folder, 'laurel')));
  writeFileSync(
    pluginPath,
    ['active = yes', 'direction = out', 'type = always', 'format = string', `path = ${laurelProgram}`]
      .concat(`args = --config ${configPath}\n`)
      .join('\n'),
  );
  return {
    pluginPath,
    async follow() {
      await waitUntil(() => findProcess(laurelProgram) !== undefined, 'laurel to start');
      return {
        pid: findProcess(laurelProgram) ?? 0,
        outputPath,
        async execsSeen() {
          const lines = (await readFile(outputPath, 'latin1')).split('\n');
          return lines.filter((line) => line.includes('bench-load') || line.includes('bench-marker')).length;
        },
        // auditd ends it.
        stop: () => Promise.resolve(),
      };
    },
  };
}

export const laurelProgram = '/usr/sbin/laurel';

/** What Debian ships, with a log that is not rotated meanwhile. */
function laurelConfig(folder: string): string {
  return `
directory = "${folder}"
[auditlog]
file = "audit.log"
size = 4000000000
generations = 2
[transform]
execve-argv = ["array"]
[translate]
universal = false
user-db = false
[enrich]
pid = true
execve-env = ["LD_PRELOAD", "LD_LIBRARY_PATH"]
container = true
script = true
`;
}

/** The process that runs a program. */
function findProcess(program: string): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d/.test(name))
    .map(Number)
    .find((pid) => commandLineOf(pid).startsWith(`${program}\0`));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start');
  return pid;
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
