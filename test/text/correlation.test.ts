import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correlationWords } from '../../src/text/correlation.ts';

const rows: readonly [timespanMs: number, groupBy: Record<string, string | null>, words: string][] = [
  [600_000, { User: 'root' }, 'event_count 5 within 10m, User=root'],
  [90_000, {}, 'event_count 5 within 90s'],
  [7_200_000, { User: null, Tty: '' }, 'event_count 5 within 2h, User=(none), Tty='],
  [604_800_000, {}, 'event_count 5 within 7d'],
  [2_629_746_000, {}, 'event_count 5 within 2629746s'],
];
for (const [timespanMs, groupBy, words] of rows) {
  test(words, () => assert.equal(correlationWords({ type: 'event_count', value: 5, timespanMs, groupBy }), words));
}
