import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { waitUntil } from '../support/wait.ts';

const audit = new URL('../../config/audit', import.meta.url).pathname;
const script = new URL('../../scripts/with-auditd', import.meta.url).pathname;

const usage = [
  ['no command', [], /no command given/],
  ['an unknown option', ['--frob', 'true'], /unknown option --frob/],
  ['an option without its value', ['--auid'], /--auid needs a value/],
  ['rules that are not there', ['--rules', '/no/such.rules', 'true'], /rules \/no\/such\.rules cannot be read/],
  ['a user name for --auid', ['--auid', 'root', 'true'], /takes a number, not 'root'/],
] as const;
for (const [what, args, problem] of usage) {
  test(`refuses ${what}`, () => {
    const { status, stderr } = spawnSync(script, args, { encoding: 'utf8' });
    assert.equal(status, 64);
    assert.match(stderr, problem);
  });
}

const unavailable = whyNoAudit();
describe(`the audit system${unavailable ? ` (${unavailable})` : ''}`, { skip: unavailable !== undefined }, () => {
  let dir: string;
  let hostBefore: string;

  before(() => {
    spawnSync(script, ['true']); // clears up after a run that was killed before this one
    hostBefore = auditState();
  });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sigmond-with-auditd-test-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
    assert.equal(auditState(), hostBefore);
  });
  after(() => assert.equal(existsSync('/run/sigmond-with-auditd/undo'), false));

  test('records what the command starts, with the arguments, and passes its exit code on', () => {
    const { status, stdout } = spawnSync(script, ['sh', '-c', `/bin/echo marker-7; ${readLog('marker-7')}; exit 7`], {
      encoding: 'utf8',
    });
    assert.match(stdout, /^type=EXECVE .* argc=2 a0="\/bin\/echo" a1="marker-7"$/m);
    assert.equal(status, 7);
  });

  test('hands standard input to the command', () => {
    const { stdout } = spawnSync(script, ['cat'], { input: 'from outside', encoding: 'utf8' });
    assert.equal(stdout, 'from outside');
  });

  test('with --rules the rules of other files are loaded too, for the same login uid', () => {
    const files = ['sigmond-files.rules', 'sigmond-network.rules'].map((name) => join(audit, name));
    const options = files.flatMap((file) => ['--rules', file]);
    const { stdout } = spawnSync(script, ['--auid', '64242', ...options, 'auditctl', '-l'], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    const loaded = stdout.split('\n').filter((rule) => rule.includes('-F auid=64242'));
    const written = ['sigmond.rules', 'sigmond-files.rules', 'sigmond-network.rules'].flatMap((name) =>
      readFileSync(join(audit, name), 'utf8').match(/^-a .*arch=b64.*$/gm),
    );
    assert.equal(loaded.filter((rule) => rule.includes('arch=b64')).length, written.length);
    assert.ok(loaded.some((rule) => rule.includes('-F a2&0x240')) && loaded.some((rule) => rule.includes('connect')));
  });

  test('with --auid only processes with that login uid are recorded', () => {
    const run = (auid: number, marker: string) => `sh -c 'echo ${auid} >/proc/self/loginuid; exec /bin/echo ${marker}'`;
    const command = `${run(64243, 'marker-out')}; ${run(64242, 'marker-in')}; ${readLog('marker-in')}`;
    const { stdout } = spawnSync(script, ['--auid', '64242', 'sh', '-c', command], { encoding: 'utf8' });
    assert.match(stdout, /a1="marker-in"/);
    assert.doesNotMatch(stdout, /a1="marker-out"/);
  });

  test('with --dir the log is kept', async () => {
    const log = join(dir, 'kept/audit.log');
    const { stdout } = spawnSync(script, ['--dir', join(dir, 'kept'), 'sh', '-c', 'echo "$SIGMOND_AUDIT_LOG"'], {
      encoding: 'utf8',
    });
    if (stdout.trim() === log) assert.match(await readFile(log, 'utf8'), /type=EXECVE/);
    else assert.ok(existsSync(stdout.trim()), 'the log of the auditd that runs on this host');
  });

  test('without --dir its folder is gone afterwards', { skip: auditdRuns() && 'an auditd runs here' }, () => {
    const { stdout } = spawnSync(script, ['sh', '-c', 'echo "$SIGMOND_AUDIT_LOG"; test -s "$SIGMOND_AUDIT_LOG"'], {
      encoding: 'utf8',
    });
    assert.match(stdout, /\/audit\.log$/m);
    assert.equal(existsSync(stdout.trim()), false);
  });

  test("leaves alone a rule that was the host's own already", () => {
    const rule = 'always,exit -F arch=b64 -S execve,execveat -F success=1 -F auid=64242 -F key=sigmond_exec'.split(' ');
    spawnSync('auditctl', ['-a', ...rule]);
    try {
      const withRule = auditState();
      spawnSync(script, ['--auid', '64242', 'true']);
      assert.equal(auditState(), withRule);
      assert.notEqual(withRule, hostBefore);
    } finally {
      spawnSync('auditctl', ['-d', ...rule]);
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    test(`${signal} ends the command, and everything is put back`, async () => {
      const running = await start();
      running.child.kill(signal);
      assert.deepEqual(await running.closed, [128 + 15, null]);
    });
  }

  test('a command that ends itself on the signal keeps its exit code', async () => {
    const running = await start("trap 'exit 3' TERM; echo started; while :; do sleep 0.05; done");
    running.child.kill('SIGTERM');
    assert.deepEqual(await running.closed, [3, null]);
  });

  test('what one leaves that was killed with SIGKILL, the next one puts back', async () => {
    const running = await start('echo started; read -r _');
    running.child.kill('SIGKILL');
    running.child.stdin?.end();
    await running.closed;
    assert.notEqual(auditState(), hostBefore);
    assert.equal(spawnSync(script, ['true']).status, 0);
  });

  test('a second one waits until the first is done', async () => {
    const first = await start('echo started; read -r _');
    const second = spawn(script, ['echo', 'second'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [second.stdout, second.stderr]) {
      stream.on('data', (chunk) => {
        printed += chunk;
      });
    }
    const secondClosed = once(second, 'close');
    await waitUntil(() => printed.includes('waiting'), 'the second to say that it waits');
    assert.doesNotMatch(printed, /^second$/m);
    first.child.stdin?.end();
    assert.deepEqual(await first.closed, [1, null]); // read met the end of its input
    assert.deepEqual(await secondClosed, [0, null]);
    assert.match(printed, /^second$/m);
  });
});

// auditd is a moment behind.
const readLog = (lastMarker: string): string =>
  `for _ in $(seq 100); do grep -q ${lastMarker} "$SIGMOND_AUDIT_LOG" && break; sleep 0.05; done
  grep type=EXECVE "$SIGMOND_AUDIT_LOG"`;

interface Running {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown[]>;
}

/** Resolves when the command under with-auditd has printed its first line. */
async function start(command = 'echo started; exec sleep 60'): Promise<Running> {
  const child = spawn(script, ['sh', '-c', command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  return { child, closed };
}

function auditState(): string {
  const settings = auditctl('-s').match(/^(enabled|pid|backlog_limit|backlog_wait_time) .*$/gm) ?? [];
  return [...settings, auditctl('-l')].join('\n');
}

function auditdRuns(): boolean {
  return !unavailable && !/^pid 0$/m.test(auditctl('-s'));
}

function auditctl(argument: string): string {
  return spawnSync('auditctl', [argument], { encoding: 'utf8' }).stdout;
}

function whyNoAudit(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const { status, error, stdout } = spawnSync('auditctl', ['-s'], { encoding: 'utf8' });
  if (error) return 'needs auditctl';
  if (status !== 0 || !/^enabled /m.test(stdout)) return 'the audit system cannot be reached';
  if (/^enabled 2$/m.test(stdout)) return 'the audit rules are locked';
  return undefined;
}
