import type { Reason, RuleVerdict, Verdict } from '../model/verdict.ts';
import { fitted, wrapped } from '../text/columns.ts';
import { counted } from '../text/counted.ts';
import { visible } from '../text/visible.ts';
import { hanging } from './layout.ts';

/** Verdicts for people: counts, then the rules that miss something, together where they miss the same. */
export function verdictLines(verdicts: readonly RuleVerdict[], columns: number): readonly string[] {
  const of = (verdict: Verdict) => verdicts.filter((one) => one.verdict === verdict);
  const [can, degraded, cannot] = [of('can-fire'), of('degraded'), of('cannot-fire')];
  const all = counted(verdicts.length, 'rule');
  return [
    `${all}: ${can.length} can fire here, ${degraded.length} in part, ${cannot.length} cannot`,
    ...notes(can).flatMap((text) => wrapped(visible(text), columns)),
    ...section('Cannot fire', cannot, columns),
    ...section('Can fire in part', degraded, columns),
  ];
}

/** All that is said of single rules. */
export function detailLines(verdicts: readonly RuleVerdict[], columns: number): readonly string[] {
  return verdicts.flatMap(({ meta, verdict, reasons }, index) => [
    ...(index > 0 ? [''] : []),
    ...wrapped(visible(meta.title), columns),
    ...hanging('  ', visible(meta.id), columns),
    `  ${words[verdict]}`,
    ...reasons.flatMap((reason) => reasonLines(reason, columns)),
  ]);
}

const words: Readonly<Record<Verdict, string>> = {
  'can-fire': 'can fire here',
  degraded: 'can fire in part',
  'cannot-fire': 'cannot fire here',
};

/** What is said of rules that can fire, once: that something is not known is the same for all of them. */
function notes(verdicts: readonly RuleVerdict[]): readonly string[] {
  return [...new Set(verdicts.flatMap(({ reasons }) => reasons.map(({ text }) => text)))];
}

function section(heading: string, verdicts: readonly RuleVerdict[], columns: number): readonly string[] {
  if (verdicts.length === 0) return [];
  const groups = new Map<string, RuleVerdict[]>();
  for (const verdict of verdicts) {
    const id = verdict.reasons.map(({ text }) => text).join('\n');
    const group = groups.get(id);
    if (group) group.push(verdict);
    else groups.set(id, [verdict]);
  }
  const largestFirst = [...groups.values()].toSorted((one, other) => other.length - one.length);
  const lines = largestFirst.flatMap((group) => groupLines(group, columns));
  return ['', `${heading} (${verdicts.length})`, ...lines];
}

function groupLines(group: readonly RuleVerdict[], columns: number): readonly string[] {
  const reasons = group[0]?.reasons ?? [];
  const titles = group.map(({ meta }) => meta.title).toSorted();
  const shown = titles.slice(0, titles.length > maxTitles + 1 ? maxTitles : titles.length);
  const more = titles.length - shown.length;
  return [
    ...reasons.flatMap((reason) => reasonLines(reason, columns)),
    ...shown.map((title) => fitted(`      ${visible(title)}`, columns)),
    ...(more > 0 ? [`      and ${more} more`] : []),
  ];
}

/** The audit rule that mends it stays in one piece however long: it is there to be copied. */
function reasonLines({ text, remedy }: Reason, columns: number): readonly string[] {
  const mending = remedy === undefined ? [] : [visible(`    auditctl ${remedy}`)];
  return [...hanging('  - ', visible(text), columns), ...mending];
}

const maxTitles = 5;
