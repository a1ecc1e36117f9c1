import type { RuleMeta } from '../model/rule.ts';
import { fitted, padded, widest } from '../text/columns.ts';
import { visible } from '../text/visible.ts';
import type { Format } from './layout.ts';

/**
 * Rules as lines of a table; nothing without rules. Where it would be wider than the columns, titles are shortened, and
 * then ids, whose beginning still tells a rule.
 */
export function ruleTable(rules: readonly RuleMeta[], { columns }: Pick<Format, 'columns'>): readonly string[] {
  if (rules.length === 0) return [];
  const rows = rules.map((rule): Row => {
    const { product, category, service } = rule.logsource;
    // Only a correlation has none.
    const logsource = [product, category, service].filter((name) => name !== undefined).join('/') || 'correlation';
    return { level: rule.level, id: visible(rule.id), title: visible(rule.title), logsource: visible(logsource) };
  });
  const cells = [{ level: 'LEVEL', id: 'ID', title: 'TITLE', logsource: 'LOGSOURCE' }, ...rows];
  const width = (column: keyof Row) => widest(cells.map((row) => row[column]));
  const [level, title, logsource] = [width('level'), width('title'), width('logsource')];
  const besides = level + logsource + 3 * gap.length;
  const id = columns - besides - width('id') < Math.min(title, enoughTitleColumns) ? shortIdColumns : width('id');
  const titleColumns = Math.min(title, Math.max(columns - besides - id, minTitleColumns));
  return cells.map((row) =>
    [
      padded(row.level, level),
      padded(fitted(row.id, id), id),
      padded(fitted(row.title, titleColumns), titleColumns),
      row.logsource,
    ].join(gap),
  );
}

type Row = Readonly<Record<'level' | 'id' | 'title' | 'logsource', string>>;

const gap = '  ';
const shortIdColumns = 9;
const enoughTitleColumns = 30;
const minTitleColumns = 20;
