import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { parseAuditRules } from '../../src/host/audit-rules.ts';
import { createRulesWatch, type RulesWatch } from '../../src/vigil/rules-watch.ts';
import { createHeldClock, type HeldClock } from '../support/held-clock.ts';
import { createKeptLogger } from '../support/kept-logger.ts';

const b64 = '-a always,exit -F arch=b64 -S execve,execveat -F success=1 -F key=sigmond_exec';
const b32 = '-a always,exit -F arch=b32 -S execve,execveat -F success=1 -F key=sigmond_exec';
const some = '-a always,exit -F arch=b64 -S execve,execveat -F success=1 -F auid>=1000 -F key=sigmond_exec';
const watch = '-w /etc/passwd -p wa -k passwd';
const never = '-a never,exit -F arch=b64 -S execve -F auid=1000';
const exclude = '-a always,exclude -F msgtype=EXECVE';

let clock: HeldClock;
let loaded: readonly string[] | undefined;
let reads: number;
let told: readonly unknown[];
let rules: RulesWatch;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = createHeldClock();
  loaded = [b64, b32, watch];
  reads = 0;
  told = [];
  stop = new AbortController();
  rules = createRulesWatch({
    async read() {
      reads++;
      return loaded && parseAuditRules(loaded.join('\n'));
    },
    clock,
    logger: createKeptLogger(),
    tell(eventType, _occurrence, fields) {
      assert.equal(eventType, 'audit_rules_weakened');
      told = [...told, fields];
    },
  });
  running = rules.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

async function settle(): Promise<void> {
  for (let n = 0; n < 5; n++) await turn();
}

async function change(now: readonly string[] | undefined): Promise<void> {
  await settle();
  loaded = now;
  rules.changed();
  await settle();
  clock.advance(1000);
  await settle();
}

const changes: readonly (readonly [what: string, now: readonly string[], fields: unknown])[] = [
  ['an exception', [never, b64, b32, watch], { Exceptions: [never] }],
  ['records that are excluded', [b64, b32, watch, exclude], { Exceptions: [exclude] }],
  ['an architecture that is gone', [b64, watch], { Unrecorded: ['b32'] }],
  ['an architecture of which only some are recorded', [some, b32, watch], { Unrecorded: ['b64'] }],
  ['both', [never, b64], { Unrecorded: ['b32'], Exceptions: [never] }],
];
for (const [what, now, fields] of changes) {
  test(`${what} is told once`, async () => {
    await change(now);
    await change(now);
    assert.deepEqual(told, [fields]);
  });
}

test('more rules, and others that go, are not told', async () => {
  await change([b64, b32, watch, '-w /etc/shadow -p wa -k shadow']);
  await change([b64, b32]);
  assert.deepEqual(told, []);
});

test('an exception that was there from the beginning is not told, nor that it goes', async () => {
  await change([never, b64, b32]);
  await change([b64, b32]);
  await change([b64, b32]);
  assert.equal(told.length, 1);
});

test('a set that is loaded anew is looked at when it is complete', async () => {
  await settle();
  for (const now of [[], [b64], [b64, b32], [b64, b32, watch]]) {
    loaded = now;
    rules.changed();
    await settle();
    clock.advance(500);
    await settle();
  }
  for (let n = 0; n < 4; n++) {
    clock.advance(500);
    await settle();
  }
  assert.deepEqual(told, []);
  assert.equal(reads, 2);
});

test('who may not ask the kernel has nothing to compare', async () => {
  await change(undefined);
  await change([b64, b32, watch]);
  assert.deepEqual(told, []);
  await change([never, b64, b32, watch]);
  assert.equal(told.length, 1);
});
