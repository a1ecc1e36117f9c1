import assert from 'node:assert/strict';
import { closeSync, openSync, realpathSync } from 'node:fs';
import { beforeEach, describe, test } from 'node:test';
import { createOwnProcesses, type OwnProcesses } from '../../src/host/own-processes.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createHeldClock, type HeldClock } from '../support/held-clock.ts';

const agentPid = 4242;
const shell = realpathSync('/bin/sh');
let clock: HeldClock;
let own: OwnProcesses;

beforeEach(() => {
  clock = createHeldClock();
  own = createOwnProcesses(agentPid, clock);
});

/** Runs a program that tells its pid. */
async function runPid(argv0: string, onReported?: (latencyMs: number) => void): Promise<number> {
  const options = { argv0, timeoutMs: 10_000, ...(onReported && { onReported }) };
  return Number((await own.run('sh', ['-c', 'echo $$'], options)).stdout);
}

function exec(pid: number, more: Partial<SigmaEvent> = {}, image = shell): SigmaEvent {
  return {
    id: '1795489893.399:14906',
    timestampMs: clock.nowMs(),
    logsource: { product: 'linux', category: 'process_creation' },
    fields: { Image: image, EventSource: 'audit' },
    argv: ['probe', '-c', 'echo $$'],
    pid,
    ppid: agentPid,
    ...more,
  };
}

describe('the exec of a program that the agent runs', () => {
  test('is its own once, and what that process executes later is not', async () => {
    const pid = await runPid('probe');
    assert.equal(own.takeExec(exec(pid)), true);
    assert.equal(own.takeExec(exec(pid)), false);
  });

  test('tells how long it took', async () => {
    let latencyMs: number | undefined;
    const pid = await runPid('probe', (ms) => {
      latencyMs = ms;
    });
    clock.advance(12);
    own.takeExec(exec(pid));
    assert.equal(latencyMs, 12);
  });

  test('is its own as often as a scan of /proc shows it', async () => {
    const pid = await runPid('probe');
    const seen = exec(pid, { fields: { Image: shell, EventSource: 'proc' } });
    assert.deepEqual([own.takeExec(seen), own.takeExec(seen)], [true, true]);
    assert.equal(own.takeExec(exec(pid)), true);
  });

  const others: readonly (readonly [what: string, change: (pid: number) => SigmaEvent])[] = [
    ['another parent', (pid) => exec(pid, { ppid: agentPid + 1 })],
    ['no parent', (pid) => ({ ...exec(pid), ppid: undefined })],
    ['another pid', (pid) => exec(pid + 1)],
    ['another program', (pid) => exec(pid, {}, '/tmp/sh')],
    ['another name', (pid) => exec(pid, { argv: ['sh', '-c', 'echo $$'] })],
    ['one argument more', (pid) => exec(pid, { argv: ['probe', '-c', 'echo $$', 'x'] })],
    ['fewer arguments', (pid) => exec(pid, { argv: ['probe'] })],
    ['no arguments known', (pid) => ({ ...exec(pid), argv: undefined })],
  ];
  for (const [what, change] of others) {
    test(`is not one with ${what}, and does not use it up`, async () => {
      const pid = await runPid('probe');
      assert.equal(own.takeExec(change(pid)), false);
      assert.equal(own.takeExec(exec(pid)), true);
    });
  }
});

test('the exec by which the agent began is its own, and no later one of its pid', () => {
  const startedMs = clock.nowMs();
  clock.advance(500);
  own = createOwnProcesses(agentPid, clock, { image: '/usr/bin/node', startedMs });
  const began = (timestampMs: number, image = '/usr/bin/node') =>
    own.takeExec(exec(agentPid, { timestampMs, ppid: 1 }, image));
  assert.equal(began(startedMs - 4), true);
  assert.equal(began(startedMs - 5000), false, 'another process had this pid');
  assert.equal(began(startedMs, '/tmp/node'), false);
  assert.equal(began(clock.nowMs() + 1), false);
});

test('a program that something else runs is known once it was expected', async () => {
  await own.expect('sh', ['-c', 'true']);
  const helper = exec(77, { argv: ['sh', '-c', 'true'] });
  assert.equal(own.takeExec({ ...helper, ppid: 1 }), false);
  assert.equal(own.takeExec(helper), true);
  assert.equal(own.takeExec(helper), false);
  await own.expect('no-such-program', []);
});

test('what the agent and its processes do is its own while they live, and shortly after', async () => {
  const pid = await runPid('probe');
  const act = (more: Partial<SigmaEvent>): SigmaEvent => exec(pid, more);
  assert.equal(own.isActor(act({ pid: agentPid, ppid: 1 })), true);
  assert.equal(own.isActor(act({})), true);
  assert.equal(own.isActor(act({ ppid: 1 })), false);
  assert.equal(own.isActor(act({ pid: pid + 1 })), false);
  assert.equal(own.isActor(act({ timestampMs: clock.nowMs() + 60_000 })), false);
  assert.equal(own.isActor(act({ timestampMs: clock.nowMs() - 60_000 })), false);
});

test('a program has neither the files nor the environment of the agent', async (t) => {
  const file = openSync(import.meta.filename, 'r');
  t.after(() => closeSync(file));
  const files = await own.run('ls', ['-l', '/proc/self/fd'], { timeoutMs: 10_000 });
  assert.match(files.stdout, /\/proc\/\d+\/fd/);
  assert.doesNotMatch(files.stdout, /own-processes/);
  const { stdout } = await own.run('env', [], { timeoutMs: 10_000 });
  // Node itself hands this one on while coverage is measured.
  assert.equal(stdout.replace(/^NODE_V8_COVERAGE=.*\n/m, ''), 'LC_ALL=C\n');
});

test('a program is killed when its time is up, and when the agent stops', async () => {
  assert.equal((await own.run('sleep', ['60'], { timeoutMs: 50 })).exitCode, undefined);
  const stop = new AbortController();
  const running = own.run('sleep', ['60'], { timeoutMs: 60_000, signal: stop.signal });
  stop.abort();
  assert.equal((await running).exitCode, undefined);
  await assert.rejects(own.run('no-such-program', [], { timeoutMs: 50 }), { code: 'ENOENT' });
});
