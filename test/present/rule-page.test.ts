import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import type { RulePage } from '../../src/model/rule-page.ts';
import { pageOf } from '../../src/pages/page.ts';
import { rulePageLines } from '../../src/present/rule-page.ts';
import { loadRules } from '../../src/sigma/load.ts';
import { columnsOf } from '../../src/text/columns.ts';

const shipped = new URL('../../config/rules/python-pty-upgrade.yml', import.meta.url).pathname;
const golden = new URL('../fixtures/pages/python-pty-upgrade.txt', import.meta.url).pathname;
const verdict = { verdict: 'degraded', reasons: ['the audit rules could not be read'] };

/** The page of the shipped rule, as if the tests ran in the root of the checkout. */
async function shippedPage(): Promise<RulePage> {
  const loaded = await loadRules([shipped]);
  const [document] = loaded.documents;
  if (!document) throw new Error('the shipped rule does not load');
  return { ...pageOf(document, loaded, verdict), source: 'config/rules/python-pty-upgrade.yml' };
}

const empty: RulePage = {
  kind: 'rule',
  id: 'i',
  title: 't',
  product: 'Detection rules › Sigma',
  level: 'low',
  logsource: {},
  source: 's',
  tags: [],
  tactics: [],
  attack: [],
  eventCoverage: { verdict: 'unknown', reasons: [], events: [], fields: [] },
  body: '',
  stages: [],
  indicators: [],
  falsepositives: [],
  references: [],
  related: [],
  filters: [],
};

const plain = { columns: 80, color: false };

describe('rulePageLines', () => {
  // After a wanted change write it anew and read the diff: UPDATE_GOLDEN=1 node --import tsx --test FILE
  it('shows the shipped rule as the golden page', async () => {
    const text = `${rulePageLines(await shippedPage(), plain).join('\n')}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });

  it('has colours for marks only, and the same words', async () => {
    const page = await shippedPage();
    const colored = rulePageLines(page, { ...plain, color: true }).join('\n');
    assert.ok(colored.includes('\x1b[33mmedium\x1b[0m'));
    assert.equal(stripVTControlCharacters(colored), rulePageLines(page, plain).join('\n'));
  });

  it('shows what another rule is, filters, and a correlation', () => {
    const lines = rulePageLines(
      {
        ...empty,
        kind: 'correlation',
        tags: ['attack.execution', 'cve.2024-1'],
        related: [
          { id: 'other', type: 'similar', title: 'Other Rule' },
          { id: 'gone', type: 'obsolete' },
        ],
        filters: [{ id: 'f', title: 'No admins', condition: 'not admin' }],
        stages: [{ name: 'condition', predicate: 'event_count >= 5' }],
        correlation: {
          type: 'event_count',
          rules: [{ id: 'm', title: 'Member' }],
          groupBy: ['User', 'host'],
          timespanMs: 90_000,
          condition: 'event_count >= 5',
          generate: false,
        },
      },
      plain,
    );
    const expected = [
      '  of       Member (m)',
      '  within   90 seconds',
      '  for each User, host',
      '  alerts   only its own',
      '  - No admins (f)',
      '    keeps only events for which it holds: not admin',
      '  - similar: Other Rule (other)',
      '  - obsolete: gone (not loaded)',
      '  Other tags cve.2024-1',
      '  Events   none that sigmond makes',
    ];
    for (const line of expected) assert.ok(lines.includes(line), `${line}\n---\n${lines.join('\n')}`);
  });

  it('shows values exactly, and what speaks against a match', () => {
    const lines = rulePageLines(
      {
        ...empty,
        stages: [
          {
            name: 'sel',
            predicates: [
              [
                { field: 'f', kind: 'match', values: ["it's", 'from pty '], every: true, modifiers: ['cased'] },
                { field: null, kind: 'match', values: ['k'], negated: true },
              ],
              [{ field: 'g', kind: 'exists', values: [false] }],
              [{ field: 'h', kind: 'null', values: [null], negated: true }],
            ],
          },
        ],
        indicators: [
          { field: null, kind: 'match', values: [{ value: '', corpus: 12345 }] },
          {
            field: 'f',
            kind: 'match',
            values: [{ value: 'from pty ', corpus: 1, excluded: true, modifiers: ['cased'] }],
          },
        ],
      },
      plain,
    );
    const expected = [
      "       f contains all of 'it''s', 'from pty ' (cased)",
      "       and the text of the event does not contain 'k'",
      '     or',
      '       g does not exist',
      '       h has a value',
      '  FIELD     KIND   RULES  VALUE',
      "  keywords  match  12345  ''",
      "  f         match      1  'from pty ' (excluded, cased)",
    ];
    for (const line of expected) assert.ok(lines.includes(line), `${line}\n---\n${lines.join('\n')}`);
  });

  it('lets paragraphs flow and lists be', () => {
    const description = 'One\ntwo.\n\nThree:\n- four\n  five\n1. six\n';
    const lines = rulePageLines({ ...empty, description }, plain);
    const start = lines.indexOf('Description') + 1;
    assert.deepEqual(lines.slice(start, start + 6), ['  One two.', '', '  Three:', '  - four', '    five', '  1. six']);
  });

  it('keeps within the columns and shows nothing that a terminal obeys, whatever a rule holds', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(' ', '\n', '\t', '\x1b', '\u202e', '日', 'word '),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    });
    const texts = fc.array(text, { maxLength: 3 });
    const hostile = fc.record({
      title: text,
      status: text,
      author: text,
      source: text,
      description: text,
      tags: texts,
      tactics: texts,
      attack: fc.array(fc.record({ id: text, name: text, tactics: texts })),
      body: text,
      falsepositives: texts,
      references: texts,
      values: fc.array(text, { minLength: 1 }),
      field: text,
      columns: fc.integer({ min: 60, max: 100 }),
    });
    fc.assert(
      fc.property(hostile, ({ columns, values, field, ...rest }) => {
        const page: RulePage = {
          ...empty,
          ...rest,
          stages: [{ name: field, predicates: [[{ field: 'f', kind: 'match', values }]] }],
          indicators: [{ field: 'f', kind: 'match', values: values.map((value) => ({ value, corpus: 1 })) }],
          eventCoverage: { verdict: 'can-fire', reasons: values, events: [], fields: [{ name: 'f', fedBy: [] }] },
        };
        for (const line of rulePageLines(page, { columns, color: false })) {
          assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          assert.ok(columnsOf(line) <= columns, `${columnsOf(line)} columns: ${line}`);
        }
      }),
    );
  });
});
