import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FieldValue } from '../../src/model/sigma-event.ts';
import { datePartOf, dateParts } from '../../src/sigma/date.ts';
import { event, holds, parse, ruleText } from './support.ts';

/** minute, hour, day, week, month, year; weeks as Python's isocalendar gives them. */
const dates: readonly [text: string, parts: readonly number[]][] = [
  ['2026-11-24T03:11:33.399Z', [11, 3, 24, 48, 11, 2026]],
  ['2026-11-24t03:11:33z', [11, 3, 24, 48, 11, 2026]],
  ['2026-11-24 03:11:33', [11, 3, 24, 48, 11, 2026]],
  ['2026-11-24 03:11:33.399', [11, 3, 24, 48, 11, 2026]],
  ['2026-11-24T03:11:33+05:30', [41, 21, 23, 48, 11, 2026]],
  ['2026-12-31T23:30:00-01:00', [30, 0, 1, 53, 1, 2027]],
  ['2026-11-24T03:11:33+0100', [11, 2, 24, 48, 11, 2026]],
  ['2026-11-24', [0, 0, 24, 48, 11, 2026]],
  ['1795489893', [11, 3, 24, 48, 11, 2026]],
  ['1795489893.399', [11, 3, 24, 48, 11, 2026]],
  ['1795489893399', [11, 3, 24, 48, 11, 2026]],
  ['0', [0, 0, 1, 1, 1, 1970]],
  ['-1', [59, 23, 31, 1, 12, 1969]],
  ['2021-01-03T12:00:00Z', [0, 12, 3, 53, 1, 2021]],
  ['2021-01-04T12:00:00Z', [0, 12, 4, 1, 1, 2021]],
  ['2024-12-30T00:00:00Z', [0, 0, 30, 1, 12, 2024]],
  ['2024-02-29T23:59:60Z', [59, 23, 29, 9, 2, 2024]],
  ['0001-01-01T00:00:00Z', [0, 0, 1, 1, 1, 1]],
];

const noDates: readonly string[] = [
  '',
  'x',
  'true',
  '2026-13-01T00:00:00Z',
  '2026-02-29 00:00:00',
  '2026-11-24T24:00:00Z',
  '2026-11-24T03:60:00Z',
  '2026-11-24T03:11:61Z',
  '2026-11-24T03:11:33+24:00',
  '2026-11-24T03:11',
  ' 2026-11-24',
  '2026-11-24T03:11:33.Z',
  '24/11/2026',
  '1e99',
  '999999999999999999',
  '0x6b04c1f5',
];

describe('parts of dates', () => {
  for (const [text, parts] of dates) {
    it(`of ${text}`, () =>
      assert.deepEqual(
        dateParts.map((part) => datePartOf(text, part)),
        parts,
      ));
  }

  it('are not those of text that is no date', () => {
    for (const text of noDates) assert.equal(datePartOf(text, 'hour'), undefined, text);
  });

  it('are the same however one moment is written', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1974-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
        (date) => {
          const iso = date.toISOString();
          const spellings = [
            iso,
            iso.slice(0, -1).replace('T', ' '),
            String(date.getTime()),
            String(date.getTime() / 1000),
          ];
          const all = spellings.map((text) => dateParts.map((part) => datePartOf(text, part)));
          for (const parts of all) assert.deepEqual(parts, all[0]);
          assert.deepEqual(all[0]?.slice(0, 3), [date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate()]);
        },
      ),
    );
  });
});

describe('time modifiers (modifiers, Time Modifiers)', () => {
  const table: readonly [item: string, yes: readonly FieldValue[], no: readonly (FieldValue | undefined)[]][] = [
    [
      'f|hour: 3',
      ['2026-11-24 03:59:59', 1795489893, '1795489893399'],
      ['2026-11-24 04:00:00', 3, 'x', null, undefined],
    ],
    ['f|hour|gte: 18', ['2026-11-24 18:00:00'], ['2026-11-24 17:59:59', 'x', undefined]],
    ['f|hour|lt: 6', ['2026-11-24 05:59:59'], ['2026-11-24 06:00:00', '', undefined]],
    ['f|hour|neq: 3', ['2026-11-24 04:00:00', 'x', null], ['2026-11-24 03:00:00']],
    ['f|neq|hour: 3', ['2026-11-24 04:00:00'], ['2026-11-24 03:00:00']],
    ['f|minute: [0, 30]', ['2026-11-24 04:30:00', '2026-11-24 04:00:59'], ['2026-11-24 04:01:00']],
    ['f|day|lte: 1', ['2026-11-01'], ['2026-11-02']],
    ['f|week: 53', ['2021-01-01'], ['2021-01-04']],
    ['f|month: 11', ['2026-11-24'], ['2026-10-24']],
    ['f|year|gt: 2025', ['2026-01-01'], ['2025-12-31']],
    ['f|hour|all|gt: [3, 5]', ['2026-11-24 06:00:00'], ['2026-11-24 04:00:00']],
  ];
  for (const [item, yes, no] of table) {
    it(item, () => {
      for (const [values, expected] of [[yes, true] as const, [no, false] as const]) {
        for (const value of values) {
          const subject = event(value === undefined ? {} : { f: value });
          assert.equal(holds(`sel:\n  ${item}\ncondition: sel`, subject), expected, JSON.stringify(value));
        }
      }
    });
  }

  const problems: readonly [item: string, problem: string][] = [
    ['f|hour: x', "error 8:7 modifier 'hour' needs a number"],
    ["f|hour: '3'", "error 8:7 modifier 'hour' needs a number: write 3 without quotes"],
    ['f|hour: null', "error 8:7 modifier 'hour' needs a number"],
    ['f|gte|hour: 3', "error 8:11 modifier 'hour' must come before the comparison"],
    ['f|hour|day: 3', "error 8:12 modifier 'day' cannot follow a part of a date"],
    ['f|hour|lt|gt: 3', "error 8:15 modifier 'gt' cannot follow another comparison"],
    ['f|hour|contains: 3', "error 8:12 modifier 'contains' cannot follow a part of a date"],
    ['f|hour: 24', 'warning 8:13 no date has the hour 24, so this never holds'],
    ['f|month: [1, 0]', 'warning 8:18 no date has the month 0, so this never holds'],
    ['f|day: 1.5', 'warning 8:12 no date has the day 1.5, so this never holds'],
  ];
  for (const [item, problem] of problems) {
    it(`${item} is told`, () => {
      assert.deepEqual(parse(ruleText(`sel:\n  ${item}\ncondition: sel`)).problems, [problem]);
    });
  }
});
