import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse as parseYaml } from 'yaml';
import type { Indicator } from '../../src/model/rule-page.ts';
import { countIndicators, indicatorsOf } from '../../src/pages/indicators.ts';
import { loadRules } from '../../src/sigma/load.ts';
import { parse, ruleText } from '../sigma/support.ts';

/** The indicators of the first rule among all of them. */
function indicators(...detections: string[]): readonly Indicator[] {
  const rules = detections.flatMap((detection, number) => parse(ruleText(detection, { id: `r${number}` })).rules);
  const [first] = rules;
  if (!first || rules.length < detections.length) throw new Error('a rule is wrong');
  return indicatorsOf(first, countIndicators(rules));
}

describe('indicatorsOf', () => {
  it('gives a row for each field and kind, and values in their order', () => {
    const found = indicators(
      'a: {f|contains: [z, "b "], e|endswith: x}\nb: {f: q, f|contains|all: [k, z]}\ncondition: a and b',
    );
    const once = (value: string) => ({ value, corpus: 1 });
    assert.deepEqual(found, [
      { field: 'e', kind: 'ends_with', values: [once('x')] },
      { field: 'f', kind: 'equals', values: [once('q')] },
      { field: 'f', kind: 'match', values: ['b ', 'k', 'z'].map(once) },
    ]);
  });

  it('counts rules that look for the same field, kind and value, whatever the case and the condition', () => {
    const [row] = indicators(
      'a: {f|contains: Same}\ncondition: a',
      'a: {g: x}\nb: {f|contains: [sAME, SAME]}\nc: {f|contains|all: [same, other]}\ncondition: a and not b and not c',
      'a: {f: same}\ncondition: a',
      'a: {g|contains: same}\ncondition: a',
      'a: [same]\ncondition: a',
      'a: {f|contains: "same "}\ncondition: a',
      'a: [{f|contains|cased: same}]\ncondition: a',
    );
    assert.deepEqual(row, { field: 'f', kind: 'match', values: [{ value: 'Same', corpus: 3 }] });
  });

  it('takes a number and the same digits as text for one', () => {
    assert.equal(indicators('a: {f: 7}\ncondition: a', "a: {f: '7'}\ncondition: a")[0]?.values[0]?.corpus, 2);
  });

  it('marks what speaks against a match', () => {
    const found = indicators(
      'a: {f: one, f|neq: two, f|contains: six}\nb: {f: [three, one], f|neq: four}\nc: {f: five}\ncondition: a and not b',
    );
    const marks = found.flatMap(({ values }) => values.map(({ value, excluded }) => [value, excluded]));
    assert.deepEqual(marks, [
      ['five', undefined],
      ['four', undefined],
      ['one', undefined],
      ['three', true],
      ['two', true],
      ['six', undefined],
    ]);
  });

  it('tells modifiers that change what is looked for', () => {
    const [row] = indicators('a: {f|base64offset|contains: xy, f|contains: xy}\ncondition: a');
    assert.deepEqual(row?.values, [
      { value: 'xy', corpus: 1, modifiers: ['base64offset'] },
      { value: 'xy', corpus: 1 },
    ]);
  });
});

const corpus = fileURLToPath(new URL('../../../shared/corpus/sigmahq/linux', import.meta.url));
const skip = !existsSync(corpus) && 'the shared corpus is not here';

describe('indicators of the SigmaHQ Linux rules, where ../shared has them', { skip }, () => {
  it('have the values of the rule about python and pty, and every count is that of the YAML files', async () => {
    const { collection } = await loadRules([corpus]);
    const countOf = countIndicators(collection.rules);
    const counts = countInYaml(corpus);
    let compared = 0;
    for (const rule of collection.rules) {
      const rows = indicatorsOf(rule, countOf);
      for (const { field, kind, values } of rows) {
        for (const { value, corpus: count } of values) {
          assert.equal(count, counts.get(keyOf(field, kind, value)), `${rule.meta.title}: ${field} ${kind} ${value}`);
          compared++;
        }
      }
    }
    assert.ok(compared > 2000, `only ${compared} values were compared`);
    const star = collection.rules.find(({ meta }) => meta.id === 'c4042d54-110d-45dd-a0e1-05c47822c937');
    assert.deepEqual(
      star &&
        indicatorsOf(star, countOf).map(({ field, kind, values }) => [field, kind, values.map((one) => one.value)]),
      [
        ['CommandLine', 'match', ['from pty ', 'import pty', 'spawn']],
        ['Image', 'ends_with', ['/python', '/python2', '/python3']],
        ['Image', 'match', ['/python2.', '/python3.']],
      ],
    );
  });
});

/** How many rule files of a folder have a field, kind and value: counted without any of our own code. */
function countInYaml(folder: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.yml')) continue;
    const rule = parseYaml(readFileSync(`${folder}/${name}`, 'utf8')) as { detection: Record<string, unknown> };
    const { condition, timeframe, ...selections } = rule.detection;
    const keys = new Set(Object.values(selections).flatMap(keysIn));
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function keysIn(selection: unknown): readonly string[] {
  if (Array.isArray(selection)) return selection.flatMap(keysIn);
  if (typeof selection !== 'object' || selection === null)
    return [keyOf(null, kindIn(['contains'], selection), selection)];
  return Object.entries(selection).flatMap(([key, values]) => {
    const [field = '', ...modifiers] = key.split('|');
    const list: readonly unknown[] = Array.isArray(values) ? values : [values];
    return list.map((value) => keyOf(field || null, kindIn(field ? modifiers : ['contains'], value), value));
  });
}

function kindIn(modifiers: readonly string[], value: unknown): string {
  if (modifiers.includes('re')) return 'regex';
  if (modifiers.includes('cidr')) return 'cidr';
  if (value === null) return 'null';
  if (modifiers.includes('contains')) return 'match';
  if (modifiers.includes('startswith')) return 'starts_with';
  if (modifiers.includes('endswith')) return 'ends_with';
  return typeof value === 'string' && /[*?]/.test(value) ? 'wildcard' : 'equals';
}

function keyOf(field: string | null, kind: string, value: unknown): string {
  return `${field}\n${kind}\n${String(value).toLowerCase()}`;
}
