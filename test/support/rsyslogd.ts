import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './receivers.ts';
import { waitUntil } from './wait.ts';

const rsyslogdPath = '/usr/sbin/rsyslogd';

/** Why tests with a real rsyslogd cannot run here; false where they can. */
export const noRsyslogd: string | false = existsSync(rsyslogdPath) ? false : `${rsyslogdPath} is not installed`;

/** A message as rsyslogd took it apart. */
export interface RsyslogdMessage {
  readonly input: 'imtcp' | 'imudp';
  readonly pri: string;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  readonly msgId: string;
  readonly structuredData: string;
  readonly text: string;
}

export interface Rsyslogd {
  readonly tcpPort: number;
  readonly udpPort: number;
  messages(): Promise<readonly RsyslogdMessage[]>;
  /** Resolves when `n` messages are in its output; rejects after `timeoutMs`. */
  waitForMessages(n: number, timeoutMs?: number): Promise<readonly RsyslogdMessage[]>;
  /** Ends the daemon and starts it again on the same ports, with the same output file. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A real rsyslogd on free ports of the loopback, with its files in a folder of its own. */
export async function startRsyslogd(): Promise<Rsyslogd> {
  const folder = await mkdtemp(join(tmpdir(), 'rsyslogd-'));
  const [tcpPort, udpPort] = [await freePort(), await freePort()];
  const output = join(folder, 'messages.jsonl');
  await writeFile(join(folder, 'rsyslog.conf'), configuration({ folder, output, tcpPort, udpPort }));
  let daemon = await start(folder, tcpPort);

  const messages = async () => {
    const text = existsSync(output) ? await readFile(output, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as RsyslogdMessage);
  };
  return {
    tcpPort,
    udpPort,
    messages,
    waitForMessages: async (n, timeoutMs) => {
      await waitUntil(async () => (await messages()).length >= n, `${n} messages in rsyslogd's output`, timeoutMs);
      return messages();
    },
    restart: async () => {
      await end(daemon);
      daemon = await start(folder, tcpPort);
    },
    close: async () => {
      await end(daemon);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(at: { folder: string; output: string; tcpPort: number; udpPort: number }): string {
  const property = (outname: string, name: string) => `  property(outname="${outname}" name="${name}" format="jsonf")`;
  return `global(workDirectory="${at.folder}")
module(load="imtcp")
module(load="imudp")
input(type="imtcp" address="127.0.0.1" port="${at.tcpPort}" ruleset="keep")
input(type="imudp" address="127.0.0.1" port="${at.udpPort}" ruleset="keep")
template(name="parts" type="list" option.jsonf="on") {
${property('input', 'inputname')}
${property('pri', 'pri')}
  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
${property('hostname', 'hostname')}
${property('appName', 'app-name')}
${property('procId', 'procid')}
${property('msgId', 'msgid')}
${property('structuredData', 'structured-data')}
${property('text', 'msg')}
}
ruleset(name="keep") { action(type="omfile" file="${at.output}" template="parts") }
`;
}

async function start(folder: string, tcpPort: number): Promise<ChildProcess> {
  const daemon = spawn(rsyslogdPath, ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'rsyslogd.pid')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  daemon.stderr?.on('data', (text) => {
    complaints = `${complaints}${text}`.slice(-4096);
  });
  await waitUntil(async () => {
    if (daemon.exitCode !== null) throw new Error(`rsyslogd ended: ${complaints}`);
    return accepts(tcpPort);
  }, `rsyslogd to listen (${complaints})`);
  return daemon;
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exit = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await exit;
}
