import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createReorder } from '../../src/events/reorder.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import { eventOf } from '../support/audit-lines.ts';

function event(ms: number, serial: number, node = ''): AuditEvent {
  return eventOf([
    `${node === '' ? '' : `node=${node} `}type=CWD msg=audit(1.${String(ms).padStart(3, '0')}:${serial}): `,
  ]);
}

function reorder(events: readonly AuditEvent[], window: number): readonly string[] {
  const keys: string[] = [];
  const stage = createReorder(({ key }) => keys.push(key), window);
  for (const one of events) stage.push(one);
  stage.flush();
  return keys;
}

test('events come by time, then by serial, then by node', () => {
  const events = [event(2, 1), event(1, 9), event(1, 10, 'b'), event(1, 10, 'a'), event(1, 10)];
  assert.deepEqual(reorder(events, 10), ['1.001:9', '1.001:10', 'a 1.001:10', 'b 1.001:10', '1.002:1']);
});

test('any order within the window gives the same', () => {
  const sorted = Array.from({ length: 40 }, (_, n) => event(Math.floor(n / 3), n));
  const expected = sorted.map(({ key }) => key);
  fc.assert(
    fc.property(fc.shuffledSubarray(sorted, { minLength: 40 }), (events) => {
      assert.deepEqual(reorder(events, 40), expected);
    }),
  );
});

test('no event is lost or comes twice, whatever the window', () => {
  const events = Array.from({ length: 30 }, (_, n) => event((n * 7) % 30, n));
  for (const window of [0, 1, 2, 29, 30]) {
    assert.deepEqual([...reorder(events, window)].sort(), events.map(({ key }) => key).sort());
  }
});

test('no more than the window waits', () => {
  let out = 0;
  const stage = createReorder(() => out++, 3);
  for (let n = 0; n < 10; n++) {
    stage.push(event(n, n));
    assert.equal(out, Math.max(0, n + 1 - 3));
  }
});

test('no more than 64 MiB of text waits', () => {
  const out: number[] = [];
  const stage = createReorder(({ id }) => out.push(id.serial), 1000);
  const long = `a0="${'x'.repeat(1_000_000)}"`;
  for (let n = 0; n < 100; n++)
    stage.push(eventOf([`type=EXECVE msg=audit(1.${String(n).padStart(3, '0')}:${n}): ${long}`]));
  assert.equal(out.length, 100 - 67);
  stage.flush();
  assert.deepEqual(
    out,
    Array.from({ length: 100 }, (_, n) => n),
  );
});
