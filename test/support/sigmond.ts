import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alert } from '../../src/model/alert.ts';
import { waitUntil } from './wait.ts';

const executable = new URL('../../bin/sigmond', import.meta.url).pathname;

export interface Sigmond {
  readonly process: ChildProcess;
  /** A folder of its own, with its state and whatever the configuration puts there. */
  readonly folder: string;
  /** Alerts on standard output so far. */
  alerts(): readonly Alert[];
  /** Everything on standard error so far. */
  log(): string;
  waitForAlert(is: (alert: Alert) => boolean, timeoutMs?: number): Promise<Alert>;
  /** Ends it with SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/**
 * The built program as a daemon, from when it says that it is watching.
 *
 * @param configure makes the configuration's text from the folder that the program has for itself
 */
export async function startSigmond(configure: (folder: string) => string): Promise<Sigmond> {
  const folder = await mkdtemp(join(tmpdir(), 'sigmond-'));
  const config = join(folder, 'sigmond.yaml');
  await writeFile(config, configure(folder));
  const child = spawn(executable, ['run', '-c', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let output = '';
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const alerts = (): readonly Alert[] =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Alert);
  const sigmond: Sigmond = {
    process: child,
    folder,
    alerts,
    log: () => log,
    async waitForAlert(is, timeoutMs) {
      await waitUntil(() => alerts().some(is), `an alert; the log says:\n${log}`, timeoutMs);
      const found = alerts().find(is);
      if (!found) throw new Error('alerts do not go away');
      return found;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await closed;
      await rm(folder, { recursive: true });
      return code as number | null;
    },
  };
  await waitUntil(() => log.includes('"msg":"watching"') || child.exitCode !== null, `sigmond to start: ${log}`);
  if (child.exitCode !== null) throw new Error(`sigmond ended with ${child.exitCode}: ${log}`);
  return sigmond;
}
