import type { Reason, RuleVerdict, Verdict } from '../model/verdict.ts';
import { visible } from '../text/visible.ts';

/** Verdicts for people, 80 columns wide: counts, then the rules that miss something, together where they miss the same. */
export function verdictLines(verdicts: readonly RuleVerdict[]): readonly string[] {
  const of = (verdict: Verdict) => verdicts.filter((one) => one.verdict === verdict);
  const [can, degraded, cannot] = [of('can-fire'), of('degraded'), of('cannot-fire')];
  const all = `${verdicts.length} rule${verdicts.length === 1 ? '' : 's'}`;
  return [
    `${all}: ${can.length} can fire here, ${degraded.length} in part, ${cannot.length} cannot`,
    ...noteLines(can),
    ...section('Cannot fire', cannot),
    ...section('Can fire in part', degraded),
  ];
}

/** All that is said of single rules. */
export function detailLines(verdicts: readonly RuleVerdict[]): readonly string[] {
  return verdicts.flatMap(({ meta, verdict, reasons }, index) => [
    ...(index > 0 ? [''] : []),
    ...wrap(visible(meta.title), ''),
    `  ${meta.id}`,
    `  ${words[verdict]}`,
    ...reasons.flatMap((reason) => [...wrap(visible(reason.text), '  - '), ...remedyLines([reason], '    ')]),
  ]);
}

const words: Readonly<Record<Verdict, string>> = {
  'can-fire': 'can fire here',
  degraded: 'can fire in part',
  'cannot-fire': 'cannot fire here',
};

/** What holds of rules that can fire, once: that something is not known is the same for all of them. */
function noteLines(verdicts: readonly RuleVerdict[]): readonly string[] {
  const texts = new Set(verdicts.flatMap(({ reasons }) => reasons.map(({ text }) => text)));
  return [...texts].flatMap((text) => wrap(visible(text), ''));
}

function section(heading: string, verdicts: readonly RuleVerdict[]): readonly string[] {
  if (verdicts.length === 0) return [];
  const groups = new Map<string, RuleVerdict[]>();
  for (const verdict of verdicts) {
    const id = verdict.reasons.map(({ text }) => text).join('\n');
    groups.set(id, [...(groups.get(id) ?? []), verdict]);
  }
  const largestFirst = [...groups.values()].toSorted((one, other) => other.length - one.length);
  return ['', `${heading} (${verdicts.length})`, ...largestFirst.flatMap(groupLines)];
}

function groupLines(group: readonly RuleVerdict[]): readonly string[] {
  const reasons = group[0]?.reasons ?? [];
  const titles = group.map(({ meta }) => meta.title).toSorted();
  const shown = titles.slice(0, titles.length > maxTitles + 1 ? maxTitles : titles.length);
  const more = titles.length - shown.length;
  return [
    ...reasons.flatMap(({ text }) => wrap(visible(text), '  - ')),
    ...remedyLines(reasons, '    '),
    ...shown.map((title) => cut(`      ${visible(title)}`)),
    ...(more > 0 ? [`      and ${more} more`] : []),
  ];
}

/** A rule that mends it, in one piece however long: it is there to be copied. */
function remedyLines(reasons: readonly Reason[], indent: string): readonly string[] {
  return reasons.flatMap(({ remedy }) => (remedy === undefined ? [] : [visible(`${indent}auditctl ${remedy}`)]));
}

const maxTitles = 5;
const width = 80;

function cut(line: string): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

/** Breaks at blanks; what follows stands below what the first line says behind its mark. */
function wrap(text: string, mark: string): readonly string[] {
  const lines: string[] = [];
  let line = mark;
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === mark.trim();
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(mark.length) + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line];
}
