import type { EventCoverage, Indicator, RulePage, Stage } from '../model/rule-page.ts';
import { columnsOf, padded, widest, wrapped } from '../text/columns.ts';
import { durationText } from '../text/duration.ts';
import { visible } from '../text/visible.ts';
import { type Format, hanging, hangingPieces } from './layout.ts';
import { logsourceText } from './logsource.ts';
import { predicatePieces, quoted } from './predicate.ts';
import { createStyle, type Style } from './style.ts';

/** A rule's page as lines for a terminal. Whatever a rule holds stays text: see visible(). */
export function rulePageLines(page: RulePage, { columns, color }: Format): readonly string[] {
  const style = createStyle({ color });
  const inner = columns - indent.length;
  const sections: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['Description', paragraphs(page.description ?? '', inner)],
    ['MITRE ATT&CK coverage', attackLines(page, inner)],
    ['Event coverage', coverageLines(page.eventCoverage, inner)],
    ['Correlation', correlationLines(page, inner)],
    ['Rule body', bodyLines(page.body, inner)],
    ['Stages and predicates', page.stages.flatMap((stage, number) => stageLines(stage, number, inner))],
    ['Indicators', indicatorLines(page.indicators, inner)],
    ['Filters that restrict it', page.filters.flatMap((filter) => filterLines(filter, inner))],
    ['False positives', page.falsepositives.flatMap((text) => hanging('- ', visible(text), inner))],
    ['References', page.references.flatMap((text) => hanging('- ', visible(text), inner))],
    ['Related rules', page.related.flatMap((related) => relatedLines(related, inner))],
  ];
  return [
    ...wrapped(visible(page.title), columns).map(style.heading),
    style.faint(page.product),
    '',
    ...headLines(page, columns, style),
    ...sections.flatMap(([heading, lines]) =>
      lines.length > 0 ? ['', style.heading(heading), ...lines.map((line) => `${indent}${line}`.trimEnd())] : [],
    ),
  ];
}

const indent = '  ';

function headLines(page: RulePage, columns: number, style: Style): readonly string[] {
  const { date, modified } = page;
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ['Log source', page.kind === 'correlation' ? undefined : logsourceText(page.logsource)],
    ['Author', page.author],
    ['Source', page.source],
    ['Licence', page.license],
    ['Id', page.id],
    ['Date', date && modified ? `${date}, modified ${modified}` : (date ?? modified)],
  ];
  const named = (name: string) => padded(name, 12);
  return [
    ...hanging(named('Status'), visible(page.status ?? 'not given'), columns),
    named('Severity') + style.level(page.level, page.level),
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : hanging(named(name), visible(value), columns))),
  ];
}

/** Lines of a description flow together; an empty line, a list and an indented line stay on their own. */
function paragraphs(text: string, columns: number): readonly string[] {
  if (text.trim() === '') return [];
  const flowing: string[][] = [];
  for (const line of text.trim().split('\n')) {
    const before = flowing.at(-1);
    const startsAnew = !before || before[0] === '' || line.trim() === '' || /^(?:\s|[-*•]\s|\d+[.)]\s)/.test(line);
    if (startsAnew) flowing.push([line.trimEnd()]);
    else before.push(line.trim());
  }
  return flowing.flatMap((lines) => wrapped(visible(lines.join(' ')), columns));
}

function attackLines({ tactics, attack, tags }: RulePage, columns: number): readonly string[] {
  const margin = (id: string) => padded(visible(id), 11);
  const others = tags.filter((tag) => !tag.toLowerCase().startsWith('attack.'));
  return [
    ...(tactics.length > 0 ? hanging(margin('Tactics'), tactics.map(tacticName).join(', '), columns) : []),
    ...attack.flatMap(({ id, name = 'a technique that ATT&CK 17 does not have' }) =>
      hanging(margin(id), visible(name), columns),
    ),
    ...(others.length > 0 ? hanging(margin('Other tags'), visible(others.join(', ')), columns) : []),
  ];
}

/** `command-and-control` as Command and Control. */
function tacticName(tactic: string): string {
  const capitalised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const words = tactic.split(/[-_]/).map((word) => (word === 'and' ? word : capitalised(word)));
  return visible(words.join(' '));
}

function coverageLines({ verdict, reasons, events, fields }: EventCoverage, columns: number): readonly string[] {
  const width = Math.min(widest(['Verdict', ...fields.map(({ name }) => visible(name))]) + 2, columns / 3);
  const named = (name: string) => `${padded(visible(name), width - 1)} `;
  return [
    ...hanging(named('Verdict'), verdict.replace('-', ' '), columns),
    ...reasons.flatMap((reason) => hanging(named(''), visible(reason), columns)),
    ...hanging(named('Events'), events.join(', ') || 'none that sigmond makes', columns),
    ...fields.flatMap(({ name, fedBy }) =>
      hanging(named(name), fedBy.length > 0 ? `fed by ${fedBy.join(' and ')}` : 'fed by nothing', columns),
    ),
  ];
}

function correlationLines({ correlation }: RulePage, columns: number): readonly string[] {
  if (!correlation) return [];
  const { rules, groupBy, timespanMs, generate } = correlation;
  return [
    ...rules.flatMap(({ id, title }) => hanging('of       ', visible(`${title} (${id})`), columns)),
    ...hanging('within   ', durationText(timespanMs), columns),
    ...(groupBy.length > 0 ? hanging('for each ', visible(groupBy.join(', ')), columns) : []),
    ...hanging('alerts   ', generate ? 'its own, and those of these rules' : 'only its own', columns),
  ];
}

/** As it stands; what is longer than a line goes on behind a mark. */
function bodyLines(body: string, columns: number): readonly string[] {
  return body
    .trimEnd()
    .split(/\r?\n/)
    .flatMap((line) => {
      const margin = ' '.repeat(Math.min(line.search(/\S|$/), columns / 2));
      const [first = '', ...rest] = wrapped(visible(line), columns - 2 - margin.length);
      return columnsOf(visible(line)) <= columns ? visible(line) : [first, ...rest.map((text) => `${margin}↪ ${text}`)];
    });
}

function stageLines(stage: Stage, number: number, columns: number): readonly string[] {
  const heading = hanging(`${number}  `, visible(stage.name), columns);
  if ('predicate' in stage) return [...heading, ...hanging('     ', visible(stage.predicate), columns)];
  return [
    ...heading,
    ...stage.predicates.flatMap((alternative, place) => [
      ...(place > 0 ? ['   or'] : []),
      ...alternative.flatMap((predicate, which) =>
        hangingPieces(which > 0 ? '     and ' : '     ', predicatePieces(predicate), columns),
      ),
    ]),
  ];
}

function indicatorLines(indicators: readonly Indicator[], columns: number): readonly string[] {
  if (indicators.length === 0) return [];
  const rows = indicators.flatMap(({ field, kind, values }) =>
    values.map(({ value, corpus, excluded, modifiers = [] }, place) => {
      const notes = [...(excluded ? ['excluded'] : []), ...modifiers];
      const pieces = [quoted(value), ...(notes.length > 0 ? [`(${notes.join(', ')})`] : [])];
      const [named, compared] = place === 0 ? [visible(field ?? 'keywords'), kind] : ['', ''];
      return { field: named, kind: compared, count: String(corpus), pieces };
    }),
  );
  const header = { field: 'FIELD', kind: 'KIND', count: 'RULES', pieces: ['VALUE'] };
  const width = (column: 'field' | 'kind') => widest([header, ...rows].map((row) => row[column]));
  const [fieldWidth, kindWidth] = [Math.min(width('field'), columns / 3), width('kind')];
  return [
    ...[header, ...rows].flatMap(({ field, kind, count, pieces }) => {
      const margin = `${padded(field, fieldWidth)}  ${padded(kind, kindWidth)}  ${count.padStart(5)}  `;
      return hangingPieces(margin, pieces, columns);
    }),
    '',
    ...wrapped('RULES is how many of the loaded rules look for the same; 1 is this rule alone.', columns),
  ];
}

function filterLines({ id, title, condition }: RulePage['filters'][number], columns: number): readonly string[] {
  return [
    ...hanging('- ', visible(`${title} (${id})`), columns),
    ...hanging('  ', visible(`keeps only events for which it holds: ${condition}`), columns),
  ];
}

function relatedLines({ id, type, title }: RulePage['related'][number], columns: number): readonly string[] {
  const target = title === undefined ? `${id} (not loaded)` : `${title} (${id})`;
  return hanging('- ', visible(`${type}: ${target}`), columns);
}
