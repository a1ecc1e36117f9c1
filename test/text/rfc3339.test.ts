import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTimestamp } from '../../src/text/rfc3339.ts';

const at = Date.UTC(2026, 10, 24, 3, 11, 33);

const read: readonly [text: string, ms: number][] = [
  ['2026-11-24T03:11:33Z', at],
  ['2026-11-24T03:11:33.399Z', at + 399],
  ['2026-11-24t03:11:33z', at],
  ['2026-11-24 03:11:33', at],
  ['2026-11-24T03:11:33.5', at + 500],
  ['2026-11-24T03:11:33.1234567Z', at + 123.4567],
  ['2026-11-24T05:11:33+02:00', at],
  ['2026-11-23T22:41:33-0430', at],
  ['2026-11-24T03:11:60Z', at + 27_000],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
  ['0001-01-01T00:00:00Z', -62_135_596_800_000],
  ['9999-12-31T23:59:59Z', 253_402_300_799_000],
  ['1969-12-31T23:59:59Z', -1000],
];

const unreadable = [
  '',
  'yesterday',
  '2026-11-24',
  '2026-11-24T03:11Z',
  '2026-11-24T24:00:00Z',
  '2026-11-24T03:60:00Z',
  '2026-11-24T03:11:61Z',
  '2026-13-24T03:11:33Z',
  '2026-02-29T03:11:33Z',
  '2100-02-29T03:11:33Z',
  '2026-04-31T03:11:33Z',
  '2026-00-10T03:11:33Z',
  '2026-11-00T03:11:33Z',
  '2026-11-24T03:11:33,5Z',
  '2026-11-24T03:11:33 UTC',
  '2026-11-24T03:11:33+25:00',
  '1795489893',
  ' 2026-11-24T03:11:33Z',
];

describe('a timestamp', () => {
  for (const [text, ms] of read) it(text, () => assert.equal(parseTimestamp(text), ms));
  for (const text of unreadable) it(`is not '${text}'`, () => assert.equal(parseTimestamp(text), undefined));
});
