import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;

/** A folder with this checkout's scripts, and a PATH that the test decides on. */
export interface Checkout extends AsyncDisposable {
  readonly path: string;
  /** Writes a file, relative to the checkout, as if it had been changed `ageSecs` ago. */
  write(path: string, text: string, ageSecs?: number): Promise<void>;
  /** Puts a shell script first in PATH; its calls are noted. */
  program(name: string, script: string): Promise<void>;
  /** What the programs named so were called with, in order: `npm ci --no-progress`. */
  calls(...names: readonly string[]): readonly string[];
  run(
    script: string,
    args?: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
}

/** @param tools the programs of the system that are in PATH; without them, all that are in the PATH of the tests */
export async function createCheckout({ tools }: { tools?: readonly string[] } = {}): Promise<Checkout> {
  const dir = await mkdtemp(join(tmpdir(), 'sigmond-scripts-'));
  const path = join(dir, 'checkout');
  const programs = join(dir, 'programs');
  const callsPath = join(dir, 'calls');
  await mkdir(programs);
  for (const folder of ['bin', 'scripts', '.ci']) await cp(join(root, folder), join(path, folder), { recursive: true });
  for (const tool of tools ?? []) await symlink(whereIs(tool), join(programs, tool));
  const searchPath = tools ? programs : [programs, process.env['PATH']].join(delimiter);

  return {
    path,
    async write(file, text, ageSecs = 0) {
      const full = join(path, file);
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, text);
      const changed = Date.now() / 1000 - ageSecs;
      await utimes(full, changed, changed);
    },
    async program(name, script) {
      await writeFile(join(programs, name), `#!/bin/sh\necho "\${0##*/} $*" >>"$CALLS"\n${script}\n`);
      await chmod(join(programs, name), 0o755);
    },
    calls(...names) {
      const lines = existsSync(callsPath) ? readFileSync(callsPath, 'utf8').trimEnd().split('\n') : [];
      return lines.filter((line) => names.includes(line.split(' ', 1)[0] ?? ''));
    },
    run(script, args = [], env = {}) {
      const { status, stdout, stderr } = spawnSync(join(path, script), args, {
        encoding: 'utf8',
        env: { PATH: searchPath, HOME: join(dir, 'home'), CALLS: callsPath, ...env },
        timeout: 60_000,
      });
      return { status, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
}

function whereIs(tool: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const folder = folders.find((candidate) => existsSync(join(candidate, tool)));
  if (folder === undefined) throw new Error(`${tool} is not in PATH`);
  return join(folder, tool);
}
