import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../src/config/load.ts';
import { createDelivery } from '../src/delivery/deliver.ts';
import { type Clock, systemClock } from '../src/host/clock.ts';
import { createCounters } from '../src/host/counters.ts';
import { silentLogger } from '../src/host/logger.ts';
import { createInputs } from '../src/inputs.ts';
import { createIntake } from '../src/intake.ts';
import { createLedger } from '../src/ledger/ledger.ts';
import type { AuditEvent } from '../src/model/audit.ts';
import type { Pipeline } from '../src/pipeline.ts';
import { execLines } from './support/audit-lines.ts';
import { waitUntil } from './support/wait.ts';

/** Time passes fifty times faster. */
const fastClock: Clock = {
  ...systemClock,
  monotonicMs: () => systemClock.monotonicMs() * 50,
  sleep: (ms, signal) => systemClock.sleep(ms / 50, signal),
};

/** Standard input and auditd's socket in place of the log, and what is counted of them in a folder of the test's. */
function open(folder: string) {
  const counters = createCounters();
  const ledger = createLedger();
  const given: AuditEvent[] = [];
  const stdin = new PassThrough();
  const stopping = new AbortController();
  const audit: Pipeline['audit'] = (options) =>
    createIntake((event) => given.push(event), { counters, monotonicMs: fastClock.monotonicMs }, options);
  const deps = { clock: fastClock, logger: silentLogger, counters };
  const config = loadConfig(
    join(folder, 'sigmond.yaml'),
    `
state_dir: .
sources:
  audit_log: {enabled: false}
  audit_socket: {enabled: true, path: audispd_events}
  standard_input: {enabled: true}
  proc_scan: {enabled: false}
sinks: [{type: stdout}]
`,
  );
  const inputs = createInputs(config, {
    pipeline: { audit } as Pipeline,
    ledger,
    vigil: undefined,
    delivery: createDelivery({ sinks: [], ...deps }),
    stdin,
    ...deps,
  });
  const counted = () => {
    const { seen, lost } = ledger.totals;
    return { seen, lost };
  };
  return { inputs, stdin, given, counted, stopping };
}

function createFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-inputs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** An exec's records, but for those of some types. */
function copyOf(serial: number, ...lacking: readonly string[]): string {
  const lines = execLines({ serial }).filter((text) => !lacking.some((type) => text.startsWith(`type=${type} `)));
  return lines.map((text) => `${text}\n`).join('');
}

test('of two sources without the log, each exec is counted once, however much of it each has', async (t) => {
  const folder = createFolder(t);
  const first = copyOf(1, 'EXECVE') + copyOf(2, 'CWD') + copyOf(3) + copyOf(4, 'EXECVE');
  const server = createServer((connection) => connection.write(first)).listen(join(folder, 'audispd_events'));
  const { inputs, stdin, given, counted, stopping } = open(folder);
  const running = inputs.start(stopping.signal);
  await waitUntil(() => inputs.status()[0]?.lines === first.split('\n').length - 1, 'the lines of the socket');
  stdin.write(copyOf(1) + copyOf(2) + copyOf(3));
  await waitUntil(() => counted().seen + counted().lost >= 4, 'the counts');
  assert.deepEqual(counted(), { seen: 3, lost: 1 });
  stopping.abort();
  await Promise.all(running);
  assert.deepEqual(counted(), { seen: 3, lost: 1 });
  assert.deepEqual(given.map(({ id }) => id.serial).sort(), [1, 2, 3, 4]);
  server.close();
});

test('what is held back at the end is used and counted', async (t) => {
  const folder = createFolder(t);
  const { inputs, stdin, given, counted, stopping } = open(folder);
  const running = inputs.start(stopping.signal);
  stdin.write(copyOf(1, 'EXECVE'));
  await waitUntil(() => inputs.status()[1]?.lines === execLines().length - 1, 'the lines');
  stopping.abort();
  await Promise.all(running);
  assert.deepEqual(counted(), { seen: 0, lost: 1 });
  assert.equal(given.length, 1);
});

test('without the log, what has begun when the agent is killed is lost', async (t) => {
  const folder = createFolder(t);
  const { inputs, stdin, stopping } = open(folder);
  const running = inputs.start(stopping.signal);
  stdin.write(copyOf(1) + copyOf(2, 'CWD', 'PATH', 'PROCTITLE'));
  await waitUntil(() => inputs.status()[1]?.lines === execLines().length + 2, 'the lines');
  await inputs.note();
  await inputs.save();
  const next = open(folder);
  await next.inputs.restore();
  assert.deepEqual(next.counted(), { seen: 1, lost: 1 });
  stopping.abort();
  await Promise.all(running);
});
