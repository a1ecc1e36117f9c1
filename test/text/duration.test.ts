import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationText } from '../../src/text/duration.ts';

describe('durationText', () => {
  const rows: readonly [durationMs: number, text: string][] = [
    [86_400_000, '1 day'],
    [7 * 86_400_000, '7 days'],
    [36 * 3_600_000, '36 hours'],
    [600_000, '10 minutes'],
    [90_000, '90 seconds'],
    [1500, '1500 milliseconds'],
  ];
  for (const [durationMs, text] of rows) it(text, () => assert.equal(durationText(durationMs), text));
});
