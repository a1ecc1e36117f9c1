import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { formatFor } from '../../src/cli/terminal.ts';

function output(of: { readonly isTTY?: boolean; readonly columns?: number }): Writable {
  return Object.assign(new Writable(), of);
}

describe('formatFor', () => {
  const terminals: readonly [columns: number | undefined, expected: number][] = [
    [132, 132],
    [60, 60],
    [20, 60],
    [0, 80],
    [undefined, 80],
  ];
  for (const [columns, expected] of terminals) {
    it(`gives ${expected} columns for a terminal of ${columns}`, () => {
      const stdout = output({ isTTY: true, ...(columns !== undefined && { columns }) });
      assert.deepEqual(formatFor(stdout, false), { columns: expected, color: true });
    });
  }

  it('has colours only on a terminal and never with NO_COLOR', () => {
    assert.equal(formatFor(output({ isTTY: true, columns: 80 }), true).color, false);
    assert.equal(formatFor(output({ columns: 200 }), false).color, false);
  });

  it('is as wide as asked for where there is no terminal', () => {
    assert.equal(formatFor(output({ columns: 200 }), false).columns, 80);
    assert.equal(formatFor(output({}), false, Number.POSITIVE_INFINITY).columns, Number.POSITIVE_INFINITY);
  });
});
