import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { AuditStatus } from '../../src/host/audit-status.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { EventFields } from '../../src/model/sigma-event.ts';
import { createKernelWatch, type KnownLosses } from '../../src/vigil/kernel-watch.ts';
import { createKeptLogger } from '../support/kept-logger.ts';

let told: readonly (readonly [eventType: string, occurrence: string, fields: EventFields])[];
let known: KnownLosses | undefined;
let lost: number;

beforeEach(() => {
  told = [];
  known = undefined;
  lost = 0;
});

function watch(before: KnownLosses | undefined, bootId = 'boot-1') {
  const look = createKernelWatch({
    bootId,
    known: before,
    onKnown(losses) {
      known = losses;
    },
    onLost(records) {
      lost += records;
    },
    counter: createCounters().counter('audit_kernel_lost_total'),
    nowMs: () => 1_795_489_893_399,
    logger: createKeptLogger(),
    tell(...event) {
      told = [...told, event];
    },
  });
  return (change: Partial<AuditStatus>): void =>
    look({ enabled: 1, pid: 812, lost: 0, backlog: 0, backlogLimit: 100, ...change });
}

test('F34 what was lost before anybody looked is not counted, what is lost after is, once', () => {
  const look = watch(undefined);
  for (const count of [40, 40, 52, 52, 53]) look({ lost: count });
  assert.equal(lost, 13);
  assert.deepEqual(told, [
    ['kernel_lost', 'boot-1:40-52', { Records: '12', LostSinceBoot: '52', BacklogLimit: '100' }],
    ['kernel_lost', 'boot-1:52-53', { Records: '1', LostSinceBoot: '53', BacklogLimit: '100' }],
  ]);
  assert.deepEqual(known, { bootId: 'boot-1', lost: 53 });
});

const restarts: readonly (readonly [what: string, before: KnownLosses, now: number, lost: number])[] = [
  ['while the agent was away', { bootId: 'boot-1', lost: 40 }, 47, 7],
  ['nothing while it was away', { bootId: 'boot-1', lost: 40 }, 40, 0],
  ['since another boot began', { bootId: 'boot-0', lost: 40 }, 47, 47],
  ['nothing since another boot began', { bootId: 'boot-0', lost: 40 }, 0, 0],
  ['since the counter was set to 0', { bootId: 'boot-1', lost: 40 }, 3, 3],
];
for (const [what, before, now, expected] of restarts) {
  test(`lost ${what}`, () => {
    watch(before)({ lost: now });
    assert.equal(lost, expected);
    assert.equal(told.length, expected > 0 ? 1 : 0);
  });
}

test('a nearly full queue is told once, until it is half empty', () => {
  const look = watch(undefined);
  for (const backlog of [74, 75, 100, 60, 76, 49, 75]) look({ backlog });
  assert.deepEqual(
    told.map(([eventType, , { Backlog }]) => [eventType, Backlog]),
    [
      ['audit_backlog_high', '75'],
      ['audit_backlog_high', '75'],
    ],
  );
});

test('a queue without a limit is never full', () => {
  watch(undefined)({ backlog: 1_000_000, backlogLimit: 0 });
  assert.deepEqual(told, []);
});
