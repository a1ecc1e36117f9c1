import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Logger, silentLogger } from '../../src/host/logger.ts';
import { createSystemd } from '../../src/host/systemd.ts';
import { waitUntil } from '../support/wait.ts';

let dir: string;
const { PATH, NOTIFY_SOCKET } = process.env;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sigmond-systemd-'));
});
afterEach(async () => {
  setEnv({ PATH, NOTIFY_SOCKET });
  await rm(dir, { recursive: true });
});

test('without a notify socket no helper is started', () => {
  const systemd = createSystemd({ notifySocket: undefined, logger: silentLogger });
  systemd.ready('ready');
  systemd.status('working');
  systemd.stopping('bye');
  assert.equal(helperRuns(), false);
});

const noHelper =
  (spawnSync('systemd-notify', ['--version']).status !== 0 && 'needs systemd-notify') ||
  (spawnSync('python3', ['--version']).status !== 0 && 'needs python3');

describe(`what a receiver on the socket gets${noHelper ? ` (${noHelper})` : ''}`, { skip: noHelper }, () => {
  test('READY with the process, then each status, then STOPPING', async () => {
    await using receiver = await createReceiver();
    const systemd = createSystemd({ notifySocket: receiver.path, logger: silentLogger });

    systemd.ready('watching, 3 rules');
    await receiver.got(1);
    systemd.status('watching, 4 rules');
    await receiver.got(2);
    systemd.stopping('delivering 2 alerts');
    await receiver.got(3);

    assert.deepEqual(receiver.messages, [
      ['READY=1', 'STATUS=watching, 3 rules', `MAINPID=${process.pid}`],
      ['STATUS=watching, 4 rules', `MAINPID=${process.pid}`],
      ['STATUS=delivering 2 alerts', 'STOPPING=1', `MAINPID=${process.pid}`],
    ]);
  });

  test('a line break in a status starts no assignment of its own', async () => {
    await using receiver = await createReceiver();
    createSystemd({ notifySocket: receiver.path, logger: silentLogger }).status('a\nSTOPPING=1\r\n\0b');
    await receiver.got(1);
    assert.deepEqual(receiver.messages, [['STATUS=a STOPPING=1 b', `MAINPID=${process.pid}`]]);
  });
});

test('a thousand words while the helper is busy become one, and nothing that was said once is lost', async () => {
  const helper = await createHelper('until [ -e "$0.gate" ]; do sleep 0.05; done');
  const systemd = createSystemd({ notifySocket: '/nowhere', logger: silentLogger });

  systemd.status('first');
  systemd.ready('ready');
  for (let n = 0; n < 1000; n++) systemd.status(`status ${n}`);
  await writeFile(`${helper}.gate`, '');
  await waitUntil(async () => (await calls(helper)).length === 2, 'the second call');
  await waitUntil(() => !helperRuns(), 'the helper to end');

  const pid = `--pid=${process.pid}`;
  assert.deepEqual(await calls(helper), [`${pid} --status=first`, `--ready ${pid} --status=status 999`]);
});

test('each call of the helper is announced, word for word', async () => {
  const helper = await createHelper('exit 0');
  const announced: string[] = [];
  const systemd = createSystemd({
    notifySocket: '/nowhere',
    logger: silentLogger,
    async expectHelper(program, args) {
      assert.equal(program, 'systemd-notify');
      announced.push(args.join(' '));
    },
  });
  const calling = async (n: number): Promise<void> =>
    waitUntil(async () => existsSync(`${helper}.calls`) && (await calls(helper)).length === n, `call ${n}`);
  systemd.ready('ready');
  await calling(1);
  systemd.status('working');
  await calling(2);
  assert.deepEqual(announced, await calls(helper));
});

const failures = [
  ['the helper fails', 'echo no such socket >&2; exit 1', /no such socket/],
  ['there is no helper', undefined, /ENOENT/],
] as const;
for (const [what, script, reason] of failures) {
  test(`when ${what}, that is logged once and nothing is thrown`, async () => {
    if (script) await createHelper(script);
    else setEnv({ PATH: dir });
    const warnings: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (context, text) => warnings.push({ ...context, text }) };
    const systemd = createSystemd({ notifySocket: '/nowhere', logger });
    systemd.ready('ready');
    await waitUntil(() => warnings.length > 0, 'the warning');
    systemd.stopping('bye');
    await waitUntil(() => !helperRuns(), 'the helper to end');
    assert.equal(warnings.length, 1);
    assert.match(JSON.stringify(warnings), reason);
  });
}

function setEnv(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

const helperRuns = (): boolean => process.getActiveResourcesInfo().includes('ProcessWrap');

/** Puts a systemd-notify first in PATH that notes its arguments, a call a line, and then does `script`. */
async function createHelper(script: string): Promise<string> {
  const path = join(dir, 'systemd-notify');
  await writeFile(path, `#!/bin/sh\necho "$*" >>"$0.calls"\n${script}\n`);
  await chmod(path, 0o755);
  setEnv({ PATH: `${dir}:${PATH}` });
  return path;
}

/** None before the first has begun. */
const calls = async (helper: string): Promise<readonly string[]> =>
  existsSync(`${helper}.calls`) ? (await readFile(`${helper}.calls`, 'utf8')).trimEnd().split('\n') : [];

// Node has no unix datagram sockets.
const receive = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(flush=True)
while True:
    print(json.dumps(receiver.recv(65536).decode().split("\\n")), flush=True)
`;

async function createReceiver() {
  const path = join(dir, 'notify.sock');
  const child = spawn('python3', ['-c', receive, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines = createInterface(child.stdout);
  await once(lines, 'line');
  const messages: string[][] = [];
  lines.on('line', (line) => {
    // The helper also sends BARRIER=1, to learn when its message has been read.
    if (!line.includes('BARRIER=1')) messages.push(JSON.parse(line));
  });
  setEnv({ NOTIFY_SOCKET: path });
  return {
    path,
    messages,
    got: (count: number) => waitUntil(() => messages.length >= count, `message ${count}`),
    async [Symbol.asyncDispose]() {
      child.kill();
      await closed;
    },
  };
}
