import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFirstSeen } from '../../src/events/first-seen.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import { eventOf, execLines, line } from '../support/audit-lines.ts';

function create() {
  const counters = createCounters();
  const seen = createFirstSeen(counters.counter('duplicates'));
  return { seen, duplicates: () => counters.read()['duplicates'] };
}
const exec = (serial: number) => eventOf(execLines({ serial }));
const single = (serial: number, type: string, node?: string) => eventOf([line(serial, type, 'x=1', node)], 'single');

test('an event passes once, and what did not pass is counted', () => {
  const { seen, duplicates } = create();
  assert.deepEqual([exec(1), exec(1), exec(2), exec(1)].map(seen.claim), ['new', undefined, 'new', undefined]);
  assert.equal(duplicates(), 2);
});

test('records that stand alone are told apart by type, and all by node and time', () => {
  const { seen } = create();
  const later: AuditEvent = { ...exec(1), id: { ...exec(1).id, timestampMs: 1 } };
  const different = [
    single(1, 'USER_START'),
    single(1, 'USER_END'),
    single(1, 'USER_END', 'one'),
    single(1, 'USER_END', 'other'),
    exec(1),
    later,
  ];
  assert.ok(different.every((event) => seen.claim(event) === 'new'));
  assert.ok(!different.some(seen.claim));
});

test('a copy with more records than the one before passes, for that one lacked some; a title alone is not more', () => {
  const { seen } = create();
  const lines = execLines();
  const counts = [lines.slice(0, 2), lines.slice(0, -1), lines, lines].map((part) => seen.claim(eventOf(part)));
  assert.deepEqual(counts, ['new', 'fuller', undefined, undefined]);
});

test('65,536 events are remembered, over the turn of the serial too', () => {
  const { seen } = create();
  const base = exec(1);
  const at = (index: number): AuditEvent => ({
    ...base,
    id: { ...base.id, serial: (4_294_967_000 + index) % 4_294_967_296 },
  });
  for (let index = 0; index < 65_536; index++) assert.ok(seen.claim(at(index)));
  for (let index = 0; index < 65_536; index++) assert.ok(!seen.claim(at(index)));
  for (let index = 65_536; index < 70_000; index++) assert.ok(seen.claim(at(index)));
  assert.ok(!seen.claim(at(69_999)));
  assert.ok(seen.claim(at(0)), 'the oldest is forgotten');
});
