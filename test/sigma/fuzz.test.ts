import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Matchable } from '../../src/matching/event-view.ts';
import type { FieldValue } from '../../src/model/sigma-event.ts';
import { createRuleSet, type RuleSet } from '../../src/rule-set.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import { heapAfterCollection } from '../support/heap.ts';
import { createRandom } from '../support/random.ts';
import { collectionOf, event, parse, ruleText } from './support.ts';

/** Loads the text as a rule file and asks both kinds of rule set about the events; neither may throw, and they agree. */
function survive(text: string, events: readonly Matchable[]): void {
  const report = createReport();
  const collection = link(parseDocuments(text, 'r.yml', report), report);
  for (const { at, text: said } of report.problems) {
    assert.ok(said.length > 0 && at.line >= 1 && at.column >= 1, `${said} at ${at.line}:${at.column}`);
  }
  const sets = [createRuleSet(collection), createRuleSet(collection, { index: false })];
  for (const subject of events) {
    const [indexed, linear] = sets.map((set) => set.evaluate(subject).map(({ rule }) => rule.id));
    assert.deepEqual(indexed, linear);
  }
}

const regexPieces =
  '( (?: (?= (?<! ) [ [^ ] { } {2,} {0,9} | * + ? *? ++ ^ $ . \\ \\b \\d \\W \\pL \\1 \\x41 (?i) a b é 😀 1 - ,'.split(
    ' ',
  );
const regex = fc.array(fc.constantFrom(...regexPieces), { maxLength: 14 }).map((pieces) => pieces.join(''));
const word = fc.string({
  unit: fc.constantFrom('a', 'b', '*', '?', '\\', '-', '/', 'é', '\u212a', '😀', '\n', '\ud83d', ' '),
  maxLength: 12,
});
const names = [
  '',
  'all',
  'contains',
  'startswith',
  'endswith',
  'cased',
  'neq',
  'exists',
  'windash',
  're',
  'i',
  'm',
  's',
  'cidr',
  'lt',
  'gte',
];
const moreNames = ['base64', 'base64offset', 'utf16', 'wide', 'fieldref', 'expand', 'hour', 'no_such'];
const modifiers = fc.array(fc.constantFrom(...names, ...moreNames), { maxLength: 3 });
const plain = fc.oneof(word, regex, fc.double(), fc.boolean(), fc.constant(null));
const value = fc.oneof(plain, fc.array(plain, { maxLength: 4 }));
const item = fc.tuple(fc.constantFrom('f', 'g', '', '__proto__'), modifiers, value).map(([field, applied, values]) => ({
  [[field, ...applied].join('|')]: values,
}));
const selection = fc.oneof(item, fc.array(item, { maxLength: 3 }), fc.array(word, { maxLength: 3 }), plain);
const condition = fc.oneof(
  fc.constantFrom('a', 'a and not b', '1 of them', 'all of *', 'not 1 of x*', '(a or b) and c', 'a and'),
  fc
    .array(fc.constantFrom('a', 'b', 'not', 'and', 'or', '(', ')', '1 of', 'them', '|'), { maxLength: 8 })
    .map((words) => words.join(' ')),
);
const structured = fc
  .tuple(selection, selection, condition)
  .map(([a, b, over]) =>
    ruleText(`a: ${JSON.stringify(a)}\nb: ${JSON.stringify(b)}\ncondition: ${JSON.stringify(over)}`),
  );
const whole = ruleText("a: {f|re: '(a|b)+c', g|contains: [x, y]}\nb: [one, two]\ncondition: a or not b");
const damaged = fc
  .array(
    fc.tuple(
      fc.nat({ max: whole.length }),
      fc.nat({ max: 6 }),
      fc.oneof(word, regex, fc.constantFrom('&a', '*a', '<<: ', '---\n', '!!x ', '|', '\t')),
    ),
    { maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce((text, [at, length, into]) => text.slice(0, at) + into + text.slice(at + length), whole),
  );
const hostileUnits = [
  '(',
  '[',
  '{',
  '- ',
  '? ',
  'a|',
  '(a|',
  '*?',
  '&a [*a,',
  '\\',
  '[^a]',
  'a{9}',
  '.*',
  '"',
  '\n',
  ' and (',
];
const hostile = fc
  .tuple(fc.constantFrom(...hostileUnits), fc.nat({ max: 5000 }), fc.constantFrom('', 're|', 'contains|'))
  .map(([unit, count, modifier]) =>
    ruleText(`a: {f|${modifier.slice(0, -1) || 'contains'}: ${JSON.stringify(unit.repeat(count))}}\ncondition: a`),
  );
const bare = fc
  .tuple(fc.constantFrom(...hostileUnits), fc.nat({ max: 5000 }))
  .map(([unit, count]) => unit.repeat(count));
const ruleTexts = fc.oneof(
  { weight: 6, arbitrary: structured },
  { weight: 3, arbitrary: damaged },
  hostile,
  bare,
  fc.string({ unit: 'binary' }),
);

const long = fc
  .tuple(word, fc.nat({ max: 20_000 }))
  .map(([unit, count]) => unit.repeat(count / Math.max(1, unit.length)));
const { field: fieldValue } = fc.letrec<{ field: FieldValue }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 6 },
    word,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    long,
    fc.array(tie('field'), { maxLength: 4 }),
  ),
}));
const deep = fc.nat({ max: 50_000 }).map((depth) => {
  let nested: FieldValue = 'a';
  for (let level = 0; level < depth; level++) nested = [nested];
  return nested;
});
const wide = fc
  .tuple(word, fc.nat({ max: 50_000 }))
  .map(([text, count]): FieldValue => Array.from({ length: count }, (_, at) => `${text}${at}`));
const anyField = fc.oneof({ weight: 20, arbitrary: fieldValue }, deep, wide);
const events = fc.array(
  fc
    .record({ f: anyField, g: fieldValue, message: word }, { requiredKeys: [] })
    .map(({ message, ...fields }): Matchable => event(fields as Matchable['fields'], message)),
  { maxLength: 4 },
);

it('no rule text and no event can throw or hang', () => {
  fc.assert(fc.property(ruleTexts, events, survive), { numRuns: 1500 });
});

it('a rule file of the largest size loads or is refused', () => {
  const room = 1024 * 1024 - 200;
  for (const unit of ['a|', '(a|', '[a-z]', 'a{99}', '*?', '?a']) {
    const text = unit.repeat(Math.floor(room / unit.length));
    for (const modifier of ['re', 'contains'])
      survive(ruleText(`a: {f|${modifier}: '${text}'}\ncondition: a`), [event({ f: 'ab' })]);
  }
  const values = Array.from({ length: 30_000 }, (_, at) => `v${at}`);
  survive(ruleText(`a: {f|contains: [${values}]}\ncondition: a`), [event({ f: 'v29999 v' })]);
});

it('what regular expressions keep of the texts that they have seen is bounded', () => {
  const patterns = ['a.{40}b', '(a|x)+.{30}\\d', '\\w{3}\\s(?:é|ü).{20}[^a]', '(?i)ſ.{15}k'];
  const { rules } = parse(ruleText(`a: {f|re: ${JSON.stringify(patterns)}}\ncondition: a`));
  const set = createRuleSet(collectionOf(rules));
  const random = createRandom(7);
  evaluateMany(set, random, 50);
  const before = heapAfterCollection();
  evaluateMany(set, random, 400);
  const grownBytes = heapAfterCollection() - before;
  assert.ok(grownBytes < 16 * 1024 * 1024, `grown by ${grownBytes} bytes`);
});

function evaluateMany(set: RuleSet, random: ReturnType<typeof createRandom>, count: number): void {
  for (let done = 0; done < count; done++) {
    const codePoints = Array.from({ length: 500 }, () =>
      random.below(4) ? 'ax éſk1\n'.charCodeAt(random.below(8)) : 0x80 + random.below(0xd000),
    );
    set.matching(event({ f: String.fromCodePoint(...codePoints) }));
  }
}
