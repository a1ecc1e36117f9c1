import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ruleTable } from '../../src/present/rule-table.ts';
import { columnsOf } from '../../src/text/columns.ts';
import { parse, ruleText } from '../sigma/support.ts';

const title = 'A Title That Is Longer Than Any That a Narrow Terminal Can Show as a Whole';
const { rules } = parse(
  ruleText('sel: {f: x}\ncondition: sel', { id: '9933a90d-07ec-4698-89b2-ecedf68515f5', logsource: 'service: auditd' }),
);
const metas = rules.flatMap(({ meta }) => [{ ...meta, title }, meta]);

describe('ruleTable', () => {
  it('is empty without rules', () => assert.deepEqual(ruleTable([], { columns: 80 }), []));

  it('shows all where nothing bounds it', () => {
    const table = ruleTable(metas, { columns: Number.POSITIVE_INFINITY });
    assert.equal(table[1], `low    9933a90d-07ec-4698-89b2-ecedf68515f5  ${title}  auditd`);
  });

  const rows: readonly [columns: number, first: string][] = [
    [
      110,
      'low    9933a90d-07ec-4698-89b2-ecedf68515f5  A Title That Is Longer Than Any That a Narrow Termina…  auditd',
    ],
    [80, 'low    9933a90d…  A Title That Is Longer Than Any That a Narrow Term…  auditd'],
    [60, 'low    9933a90d…  A Title That Is Longer Than An…  auditd'],
  ];
  for (const [columns, first] of rows) {
    it(`fits into ${columns} columns`, () => {
      const table = ruleTable(metas, { columns });
      assert.equal(table[1], first);
      for (const line of table) assert.ok(columnsOf(line) <= columns, line);
    });
  }
});
