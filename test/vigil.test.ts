import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { loadConfig } from '../src/config/load.ts';
import { createCounters } from '../src/host/counters.ts';
import { createOwnProcesses, type OwnProcesses } from '../src/host/own-processes.ts';
import type { SigmaEvent } from '../src/model/sigma-event.ts';
import { createVigil, type Vigil } from '../src/vigil.ts';
import { record } from './support/audit-lines.ts';
import { createHeldClock, type HeldClock } from './support/held-clock.ts';
import { createKeptLogger } from './support/kept-logger.ts';
import { waitUntil } from './support/wait.ts';

let folder: string;
let clock: HeldClock;
let events: readonly SigmaEvent[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-vigil-'));
  mkdirSync(join(folder, 'state'));
  writeFileSync(join(folder, 'audit.log'), 'one line\n');
  clock = createHeldClock();
  events = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

async function create(text: string, own = createOwnProcesses(4242, clock)): Promise<Vigil | undefined> {
  const counters = createCounters();
  return createVigil(loadConfig(join(folder, 'sigmond.yaml'), `state_dir: state\n${text}`), {
    own,
    clock,
    logger: createKeptLogger(),
    counters,
    isHere: (node) => node === undefined || node === 'here',
    emit(event) {
      events = [...events, event];
    },
    onKernelLost: () => undefined,
  });
}

const types = (): readonly unknown[] => events.map(({ fields }) => fields['EventType']);

const configurations: readonly (readonly [what: string, text: string, state: string | undefined])[] = [
  ['all defaults', '', 'unknown'],
  ['a log of its own, and scans', 'sources: {audit_log: {path: audit.log}}', 'unknown'],
  ['the log of this host without scans', 'sources: {proc_scan: {enabled: false}}', 'unknown'],
  ['no audit records', 'sources: {audit_log: {enabled: false}}', undefined],
  ['records from the socket alone', 'sources: {audit_log: {enabled: false}, audit_socket: {enabled: true}}', 'unknown'],
  [
    'a log of its own without scans may be of another host, and nothing of this one is looked at',
    'sources: {audit_log: {path: audit.log}, proc_scan: {enabled: false}}',
    undefined,
  ],
  ['no canary', 'canary: {enabled: false}', 'off'],
];
for (const [what, text, state] of configurations) {
  test(`the canary with ${what}`, async () => {
    const vigil = await create(text);
    assert.equal(vigil?.canary.state, state);
  });
}

async function running(act: (vigil: Vigil) => Promise<void>): Promise<void> {
  const vigil = (await create('sources: {audit_log: {path: audit.log}}\ncanary: {enabled: false}')) ?? assert.fail();
  const stop = new AbortController();
  const run = vigil.run(stop.signal);
  await act(vigil);
  stop.abort();
  await run;
}

async function second(): Promise<void> {
  await waitUntil(() => clock.waits.length > 0, 'it to wait');
  clock.advance(1000);
  await waitUntil(() => clock.waits.length > 0, 'it to have looked');
}

test('a log that is cut or deleted is an event, at once where the reader has seen it', async () => {
  await running(async (vigil) => {
    await second();
    truncateSync(join(folder, 'audit.log'));
    vigil.logCut();
    assert.deepEqual(types(), ['log_truncated']);
    const [{ fields, logsource, id } = assert.fail()] = events;
    assert.deepEqual(logsource, { product: 'sigmond', service: 'agent' });
    assert.match(id, /^log_truncated:\d+$/);
    assert.equal(fields['BytesBefore'], '9');
    assert.equal(fields['AuditLogPath'], join(folder, 'audit.log'));
    await second();
    unlinkSync(join(folder, 'audit.log'));
    for (let n = 0; n < 3; n++) await second();
    assert.deepEqual(types(), ['log_truncated', 'log_deleted']);
  });
});

test('without a canary, audit records that stay away while programs start are an event', async () => {
  await running(async (vigil) => {
    const exec = record('type=EXECVE msg=audit(1795489893.399:14906): argc=1 a0="ls"');
    vigil.record(exec);
    clock.advance(20_000);
    for (let n = 0; n < 5; n++) vigil.unreported();
    assert.deepEqual(types(), ['log_silent']);
    assert.equal(events[0]?.fields['Unreported'], '5');
    // Of another host it says nothing about this one.
    clock.advance(20_000);
    vigil.record(record('node=there type=EXECVE msg=audit(1795489893.399:14906): argc=1 a0="ls"'));
    for (let n = 0; n < 5; n++) vigil.unreported();
    assert.equal(events.length, 1);
    vigil.record(record('node=here type=EXECVE msg=audit(1795489893.399:14907): argc=1 a0="ls"'));
    clock.advance(20_000);
    for (let n = 0; n < 5; n++) vigil.unreported();
    assert.equal(events.length, 2);
  });
});

test('where auditctl is not installed any more, nobody says that its rules are gone', async () => {
  const log = join(folder, 'audit.log');
  writeFileSync(join(folder, 'state/vigil.json'), JSON.stringify({ aliveIn: log }));
  const own: OwnProcesses = {
    ...createOwnProcesses(4242, clock),
    async run(program) {
      if (program === 'auditctl') throw Object.assign(new Error('auditctl is not installed'), { code: 'ENOENT' });
      return { exitCode: 0, stdout: '' };
    },
  };
  const vigil = (await create('sources: {audit_log: {path: audit.log}}', own)) ?? assert.fail();
  const stop = new AbortController();
  const run = vigil.run(stop.signal);
  for (let n = 0; n < 30 && events.length === 0; n++) await second();
  const { EventType, Reason, ExecRules } = events[0]?.fields ?? {};
  assert.deepEqual([EventType, Reason === 'exec_rules_removed', ExecRules], ['canary_lost', false, undefined]);
  stop.abort();
  await run;
});
