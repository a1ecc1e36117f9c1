import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { AuditStatus } from '../../src/host/audit-status.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { OwnProcesses } from '../../src/host/own-processes.ts';
import { type Canary, createCanary } from '../../src/vigil/canary.ts';
import { createHeldClock, type HeldClock } from '../support/held-clock.ts';

type Run = OwnProcesses['run'];
type Options = Parameters<Run>[2];

let clock: HeldClock;
let runs: readonly (readonly [program: string, args: readonly string[], options: Options])[];
let installed: readonly string[];
let printed: string;
let statuses: AuditStatus[];
let refusals: unknown[];
let returns: number[];
let isBehind: boolean;
let canary: Canary;
let stop: AbortController;

beforeEach(() => {
  clock = createHeldClock();
  runs = [];
  installed = ['auditctl', 'true'];
  printed = 'enabled 1\npid 812\nlost 0\nbacklog 0\nbacklog_limit 64\n';
  statuses = [];
  refusals = [];
  returns = [];
  isBehind = false;
  stop = new AbortController();
  const run: Run = async (program, args, options) => {
    if (!installed.includes(program)) throw Object.assign(new Error(`no ${program}`), { code: 'ENOENT' });
    runs = [...runs, [program, args, options]];
    return { exitCode: 0, stdout: program === 'auditctl' ? printed : '' };
  };
  canary = createCanary({
    own: { run },
    clock,
    onReturn: (latencyMs) => void returns.push(latencyMs),
    onStatus: (status) => void statuses.push(status),
    onStart: (refusal) => void refusals.push(refusal),
    sent: createCounters().counter('canary_sent_total'),
    isBehind: () => isBehind,
  });
});

/** Sends one; what it came to, once that is known. */
async function send(): Promise<() => boolean | undefined> {
  let outcome: boolean | undefined;
  void canary.send(stop.signal).then((isBack) => {
    outcome = isBack;
  });
  await settle();
  return () => outcome;
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

async function settle(): Promise<void> {
  for (let n = 0; n < 5; n++) await turn();
}

test('one that is reported is back, and the kernel has told its state', async () => {
  const outcome = await send();
  assert.equal(outcome(), undefined);
  const [[program, args, options] = assert.fail('it was started')] = runs;
  assert.deepEqual([program, args], ['auditctl', ['-s']]);
  options.onReported?.(7);
  await settle();
  assert.equal(outcome(), true);
  assert.deepEqual(returns, [7]);
  assert.deepEqual(statuses, [{ enabled: 1, pid: 812, lost: 0, backlog: 0, backlogLimit: 64 }]);
});

test('no two have the same name, and nobody can guess one', async () => {
  for (let n = 0; n < 3; n++) {
    await send();
    await pass(4000);
  }
  const names = runs.map(([, , { argv0 }]) => argv0 ?? '');
  assert.equal(new Set(names).size, 3);
  for (const name of names) assert.match(name, /^sigmond-canary-[0-9a-f]{32}$/);
});

test('one that is not reported within four seconds is missing, and may still come late', async () => {
  const outcome = await send();
  await pass(3999);
  assert.equal(outcome(), undefined);
  await pass(1);
  assert.equal(outcome(), false);
  runs[0]?.[2].onReported?.(9000);
  assert.deepEqual(returns, [9000]);
});

test('where the timer itself comes late, the agent was held up, and it gets as long again', async () => {
  const outcome = await send();
  await pass(30_000);
  assert.equal(outcome(), undefined);
  await pass(3999);
  assert.equal(outcome(), undefined);
  await pass(1);
  assert.equal(outcome(), false);
});

test('while older records come in the reader is only behind, for a minute at most', async () => {
  isBehind = true;
  const outcome = await send();
  for (let n = 1; n < 15; n++) {
    await pass(4000);
    assert.equal(outcome(), undefined, `after ${n * 4} s`);
  }
  await pass(4000);
  assert.equal(outcome(), false);
});

test('another program does where auditctl is not there, and does not tell the state', async () => {
  installed = ['true'];
  const outcome = await send();
  assert.deepEqual(
    runs.map(([program, args]) => [program, args]),
    [['true', []]],
  );
  runs[0]?.[2].onReported?.(7);
  await settle();
  assert.equal(outcome(), true);
  assert.deepEqual([statuses, refusals], [[], [undefined]]);
});

test('who may not ask the kernel is a canary all the same', async () => {
  printed = '';
  const outcome = await send();
  runs[0]?.[2].onReported?.(7);
  await settle();
  assert.equal(outcome(), true);
  assert.deepEqual(statuses, []);
});

test('one that cannot be started is missing, with the reason', async () => {
  installed = [];
  const outcome = await send();
  await pass(4000);
  assert.equal(outcome(), false);
  assert.match(String(refusals[0]), /no true/);
});

test('it ends when it is told to', async () => {
  const outcome = await send();
  stop.abort();
  await settle();
  assert.equal(outcome(), false);
  assert.deepEqual(clock.waits, []);
});
