import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Matchable } from '../../src/matching/event-view.ts';
import type { FieldValue } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { fold } from '../../src/sigma/fold.ts';
import { loadRules } from '../../src/sigma/load.ts';
import type { Detection, Rule } from '../../src/sigma/rule.ts';
import { textTest } from '../../src/sigma/text-test.ts';
import { many, one, type Part, type Value } from '../../src/sigma/value.ts';
import { collectionOf, parse, ruleText } from '../sigma/support.ts';

const alphabet = fc.constantFrom(
  'a',
  'A',
  'b',
  'k',
  '\u212a',
  'i',
  '\u0130',
  's',
  '\u017f',
  'é',
  '😀',
  '/',
  ' ',
  '-',
  '\n',
);
const word = fc.string({ unit: alphabet, maxLength: 5 });

const modifiers = [
  '',
  '|contains',
  '|startswith',
  '|endswith',
  '|contains|all',
  '|cased',
  '|neq',
  '|windash|contains',
  '|expand|contains|all',
  '|base64offset|contains',
  '|fieldref|startswith',
];

/** Small rules over few fields and letters, so that events hit them often. */
const item = fc
  .tuple(
    fc.constantFrom('f', 'g', 'type'),
    fc.constantFrom(...modifiers),
    fc.array(
      fc.oneof(
        word,
        word.map((text) => `${text}*a?`),
        fc.constantFrom('%P%', 'a%P%%P%', 'f', 'g'),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([field, modifier, values]) => ({ [field + modifier]: values }));
/** What their matches have to contain is a clue for the index. */
const patterns = [
  'a(b|/)',
  '[ak]b',
  '(?i)k',
  'a+b?/',
  '^a.*b$',
  '(ab|é)k?',
  '\\bk',
  'ab*|-k',
  '(?:a|k)(?=b)',
  's.|[^a]b',
];
const regex = fc
  .tuple(
    fc.constantFrom('f|re', 'g|re', 'f|re|i', 'g|re|neq'),
    fc.array(fc.constantFrom(...patterns), { minLength: 1 }),
  )
  .map(([field, values]) => ({ [field]: values }));
const number = fc
  .tuple(fc.constantFrom('', '|lt', '|gte|neq', '|minute', '|day|lte'), fc.integer({ min: 0, max: 3 }))
  .map(([modifier, n]) => ({ [`g${modifier}`]: n }));
const placeholders = new Map([['P', ['a', 'b?', 2]]]);
const keywords = fc.array(word, { minLength: 1, maxLength: 3 });
const selection = fc.oneof(
  item,
  regex,
  number,
  keywords,
  fc.tuple(item, number).map(([a, b]) => ({ ...a, ...b })),
);
const condition = fc.constantFrom(
  'a',
  'a and b',
  'a or b',
  'a and not b',
  'not a',
  '1 of them',
  'all of them',
  'not (a and b)',
);
const rule = fc
  .tuple(selection, selection, condition)
  .map(([a, b, over]) => ruleText(`a: ${JSON.stringify(a)}\nb: ${JSON.stringify(b)}\ncondition: ${over}`));
const fieldValue: fc.Arbitrary<FieldValue> = fc.oneof(
  word,
  word.map((text) => `${text}ab/ -k${text}`),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(null, true, '1', '02'),
  fc.array(word, { maxLength: 2 }),
);
const made = fc.record({ f: fieldValue, g: fieldValue, type: fieldValue, message: word }, { requiredKeys: [] }).map(
  ({ message, ...fields }): Matchable => ({
    logsource: { product: 'linux' },
    fields: fields as Matchable['fields'],
    ...(message !== undefined && { message }),
  }),
);

function agrees(rules: readonly Rule[], events: readonly Matchable[]): void {
  const indexed = createRuleSet(collectionOf(rules));
  const linear = createRuleSet(collectionOf(rules), { index: false });
  for (const event of events) {
    const ids = [indexed, linear].map((set) => set.matching(event).map(({ meta }) => meta.path + meta.id));
    assert.deepEqual(ids[0], ids[1], JSON.stringify(event));
  }
}

describe('the index answers like a scan of every rule', () => {
  it('on made rules and events', () => {
    const property = fc.property(
      fc.array(rule, { maxLength: 6 }),
      fc.array(made, { maxLength: 12 }),
      (texts, events) => {
        agrees(
          texts.flatMap((text) => parse(text, placeholders).rules),
          events,
        );
      },
    );
    fc.assert(property, { numRuns: 400 });
  });

  const corpus = fileURLToPath(new URL('../../../shared/corpus/sigmahq/linux', import.meta.url));
  const skip = !existsSync(corpus) && 'the shared corpus is not here';

  it('on the SigmaHQ Linux rules, where ../shared has them, and events out of their own values', { skip }, async () => {
    const { collection, problems } = await loadRules([corpus]);
    const { rules } = collection;
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.equal(rules.length, 248);
    const events = fc.array(eventFor(rules), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(events, (made) => agrees(rules, made)),
      { numRuns: 20 },
    );
  });
});

/** An event of a rule's logsource whose fields hold texts of that rule, in changed case and among other text. */
function eventFor(rules: readonly Rule[]): fc.Arbitrary<Matchable> {
  const filler = fc.constantFrom('', '', ' ', 'x', 'é', '\u212a', '\n');
  const spelled = (text: string) =>
    fc.tuple(filler, fc.constantFrom(text, text.toUpperCase()), filler).map((parts) => parts.join(''));
  return fc.constantFrom(...rules).chain(({ meta, selections }) => {
    const texts = [...selections.values()].flatMap(textsOf);
    const entries = texts.map(([field, text]) => fc.tuple(fc.constant(field), spelled(text)));
    return fc.subarray(entries).chain((chosen) =>
      fc.tuple(...chosen).map((pairs): Matchable => {
        const { message, ...fields } = Object.fromEntries(pairs.map(([field, text]) => [field ?? 'message', text]));
        return { logsource: meta.logsource, fields, ...(message !== undefined && { message }) };
      }),
    );
  });
}

function textsOf(detection: Detection): [field: string | undefined, text: string][] {
  if (detection.kind !== 'item') return detection.of.flatMap(textsOf);
  return detection.values.map(({ value }) => [detection.field, spell(value)]);
}

function spell(value: Value): string {
  if (value.kind === 'text') return value.parts.map((part) => (typeof part === 'string' ? part : '')).join('');
  if (value.kind === 'regex') return value.regex.required?.[0] ?? '';
  return value.kind === 'number' ? value.written : 'x';
}

describe('text tests', () => {
  const part: fc.Arbitrary<Part> = fc.oneof(word, fc.constant(many), fc.constant(one));

  it('agree with a regular expression of the same meaning', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.string({ unit: alphabet, maxLength: 12 }), (parts, noise) => {
        const pieces = parts.filter((piece) => piece !== '');
        const source = pieces.map((piece) => (piece === many ? '.*' : piece === one ? '.' : piece.toString()));
        const expected = new RegExp(`^${source.join('')}$`, 'su');
        const fitting = pieces.map((piece) => (typeof piece === 'string' ? piece : 'b')).join('');
        for (const text of [noise, fitting, `${fitting}${noise}`]) {
          assert.equal(textTest(pieces)(text), expected.test(text), `${String(expected)} on ${JSON.stringify(text)}`);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('take no longer than the product of the lengths', () => {
    const parts: Part[] = [many, ...Array.from({ length: 30 }, () => ['a', many] as const).flat(), 'b'];
    assert.equal(textTest(parts)('a'.repeat(100_000)), false);
  });
});

it('folding keeps the number of characters and is its own fold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal([...fold(text)].length, [...text].length);
      assert.equal(fold(fold(text)), fold(text));
      assert.equal([...text].map(fold).join(''), fold(text));
    }),
    { numRuns: 2000 },
  );
});
