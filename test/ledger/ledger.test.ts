import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import { readLedgerState } from '../../src/ledger/state.ts';

function send(
  ledger: Ledger,
  serials: readonly number[],
  { node, type = 'SYSCALL' }: { node?: string; type?: string } = {},
) {
  for (const serial of serials) ledger.record({ type, id: { node, timestampMs: 1_795_489_893_399, serial } });
}

function settle(ledger: Ledger): void {
  for (let n = 0; n < 5; n++) ledger.tick();
}

describe('the ledger', () => {
  test('each exec is seen or lost', () => {
    const ledger = createLedger();
    send(ledger, [1, 2, 5]);
    ledger.exec('whole');
    ledger.exec('whole');
    ledger.exec('incomplete');
    settle(ledger);
    assert.deepEqual(ledger.totals, { seen: 2, lost: 3, lostBy: { serialGaps: 2, incomplete: 1, kernel: 0 } });
  });

  test('F32: the serials of auditd itself are others', () => {
    const ledger = createLedger();
    send(ledger, [428]);
    for (const type of ['DAEMON_START', 'DAEMON_ROTATE', 'UNKNOWN[1207]']) send(ledger, [6722], { type });
    send(ledger, [429]);
    settle(ledger);
    assert.equal(ledger.totals.lost, 0);
  });

  test('F3: nodes have serials of their own', () => {
    const ledger = createLedger();
    send(ledger, [1, 2], { node: 'a' });
    send(ledger, [900, 902], { node: 'b' });
    send(ledger, [3], { node: 'a' });
    settle(ledger);
    assert.deepEqual(ledger.takeUnreported().serials, [{ node: 'b', from: 901, to: 901 }]);
  });

  test('nodes past the bound keep what they lost', () => {
    const ledger = createLedger();
    send(ledger, [1, 3], { node: 'first' });
    settle(ledger);
    for (let n = 0; n < 100; n++) send(ledger, [1], { node: `n${n}` });
    assert.equal(ledger.totals.lost, 1);
  });

  test('what a node past the bound still missed is lost', () => {
    const ledger = createLedger();
    send(ledger, [1, 3], { node: 'first' });
    for (let n = 0; n < 100; n++) send(ledger, [1], { node: `n${n}` });
    assert.equal(ledger.totals.lost, 1);
  });

  test('the node that is forgotten is the one that was not heard of for longest', () => {
    const ledger = createLedger();
    send(ledger, [1], { node: 'here' });
    for (let n = 1; n <= 100; n++) {
      send(ledger, [1], { node: `n${n}` });
      send(ledger, [2 * n + 1], { node: 'here' });
    }
    settle(ledger);
    assert.equal(ledger.totals.lost, 100);
  });

  test('records that the kernel dropped are counted as events, less those of incomplete ones', () => {
    const ledger = createLedger();
    ledger.kernelLost(13);
    ledger.exec('incomplete');
    assert.deepEqual(ledger.totals.lostBy, { serialGaps: 0, incomplete: 1, kernel: 2 });
  });

  test('F34: records that the kernel drops from a full queue leave a gap, and are not lost twice', () => {
    for (const isToldFirst of [true, false]) {
      const ledger = createLedger();
      send(ledger, [1, 2, 3]);
      if (isToldFirst) ledger.kernelLost(600);
      send(ledger, [104, 105]);
      settle(ledger);
      if (!isToldFirst) ledger.kernelLost(600);
      assert.deepEqual(ledger.totals.lostBy, { serialGaps: 100, incomplete: 0, kernel: 0 }, `${isToldFirst}`);
    }
  });

  test('so in another process, where the agent ends while auditd is away', () => {
    const first = createLedger();
    send(first, [1, 2, 3]);
    first.kernelLost(660);
    const second = createLedger();
    second.restore(readLedgerState(JSON.parse(JSON.stringify(first.snapshot()))));
    send(second, [104, 105]);
    settle(second);
    assert.deepEqual(second.totals.lostBy, { serialGaps: 100, incomplete: 0, kernel: 10 });
  });

  test('serials that went missing long before explain nothing', () => {
    const ledger = createLedger();
    send(ledger, [1, 102, 103]);
    settle(ledger);
    for (let serial = 104; serial < 70_000; serial++) send(ledger, [serial]);
    ledger.kernelLost(600);
    assert.deepEqual(ledger.totals.lostBy, { serialGaps: 100, incomplete: 0, kernel: 100 });
  });

  test('nor do events that came incomplete long before', () => {
    const ledger = createLedger();
    for (let n = 0; n < 600; n++) ledger.exec('incomplete');
    for (let serial = 1; serial < 70_000; serial++) send(ledger, [serial]);
    ledger.kernelLost(600);
    assert.deepEqual(ledger.totals.lostBy, { serialGaps: 0, incomplete: 600, kernel: 100 });
  });

  test('goes on in another process, which knows what it counted itself', () => {
    const first = createLedger();
    send(first, [1, 2, 5]);
    first.exec('whole');
    settle(first);
    first.takeUnreported();
    const second = createLedger();
    second.restore(readLedgerState(JSON.parse(JSON.stringify(first.snapshot()))));
    assert.deepEqual(second.totals, first.totals);
    assert.deepEqual(second.sinceStart, { seen: 0, lost: 0 });
    assert.deepEqual(second.takeUnreported().lostBy, { serialGaps: 0, incomplete: 0, kernel: 0 });
    send(second, [6, 8]);
    settle(second);
    assert.deepEqual(second.sinceStart, { seen: 0, lost: 1 });
    assert.equal(second.takeUnreported().lostBy.serialGaps, 1);
  });

  test('a damaged state is refused', () => {
    for (const state of [undefined, {}, { ...createLedger().snapshot(), seen: -1 }, 'seen']) {
      assert.throws(() => readLedgerState(state));
    }
  });
});
