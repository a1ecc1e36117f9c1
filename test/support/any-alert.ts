import fc from 'fast-check';
import type { Alert } from '../../src/model/alert.ts';
import type { CorrelationMatch } from '../../src/model/rule.ts';
import type { FieldValue } from '../../src/model/sigma-event.ts';
import { correlationTypes } from '../../src/sigma/rule.ts';

/** Text as attackers and broken programs write it: any UTF-16, controls, long runs. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.constantFrom('\x1b[2J', '\u202e', '\ud800', '"]\\', '\n<0>1 ', '\u009b31m', '\0', '…', '😀'),
  fc
    .record({ unit: fc.constantFrom('a', '\0', 'é', '😀', '\\', '"', '\ud83d'), length: fc.nat({ max: 20_000 }) })
    .map(({ unit, length }) => unit.repeat(length)),
);

const anyList = fc.oneof(
  fc.array(anyText, { maxLength: 8 }),
  fc.record({ text: anyText, length: fc.nat({ max: 1_500 }) }).map(({ text, length }) => {
    return Array.from({ length }, (_, n) => `${n}${text.slice(0, 20)}`);
  }),
);

const anyValue: fc.Arbitrary<FieldValue> = fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null), anyList);
const anyKey = fc.oneof(fc.constantFrom('Image', 'CommandLine', 'User', 'Tty', '__proto__', 'id'), anyText);
const level = fc.constantFrom('critical', 'high', 'medium', 'low', 'informational');

const ruleAlert: fc.Arbitrary<Alert> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{32}$/),
  timestamp: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  severity: level,
  count: fc.nat(),
  rule: fc.record({
    id: anyText,
    title: anyText,
    level,
    tags: anyList,
    status: anyText,
    references: anyList,
  }),
  event: fc.record({
    id: anyText,
    timestamp: anyText,
    logsource: fc.record({ product: anyText, category: anyText, service: anyText }),
    fields: fc.dictionary(anyKey, anyValue, { maxKeys: 30 }),
    argv: anyList,
  }),
  match: fc.record({
    extended: fc.boolean(),
    selections: fc.dictionary(
      anyKey,
      fc.array(fc.record({ field: anyText, value: anyValue, operator: anyText }), { maxLength: 5 }),
      { maxKeys: 5 },
    ),
  }),
  ancestry: fc.array(fc.record({ pid: fc.nat(), image: anyText, commandLine: anyText, user: anyText }), {
    maxLength: 12,
  }),
  host: fc.record({ name: anyText, id: anyText }),
  agent: fc.record({ version: anyText, ruleset: anyText }),
});

const anyCorrelation: fc.Arbitrary<CorrelationMatch> = fc.record({
  type: fc.constantFrom(...correlationTypes),
  groupBy: fc.dictionary(anyKey, fc.option(anyText), { maxKeys: 30 }),
  timespanMs: fc.nat(),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  eventCount: fc.nat(),
  events: fc.array(fc.record({ id: anyText, timestamp: anyText, rule: anyText }), { maxLength: 20 }),
});

/** Any alert that the types allow; only `id`, which is ours, is what it always is. */
export const anyAlert: fc.Arbitrary<Alert> = fc.oneof(
  ruleAlert,
  fc.tuple(ruleAlert, anyCorrelation).map(([alert, correlation]) => ({ ...alert, correlation })),
);
