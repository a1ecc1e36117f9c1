import type {
  ConditionResult,
  DetectionResult,
  Explanation,
  ItemResult,
  RuleExplanation,
  SelectionResult,
  ValueResult,
} from '../model/explanation.ts';
import type { FieldValue } from '../model/sigma-event.ts';
import { fitted, wrapped } from '../text/columns.ts';
import { visible } from '../text/visible.ts';
import { type Format, hangingPieces } from './layout.ts';
import { logsourceText } from './logsource.ts';
import { predicatePieces, quoted } from './predicate.ts';
import { createStyle } from './style.ts';

/**
 * An explanation as a tree for a terminal: before each part whether it held.
 *
 * @param filterTitles by filter id, for the filters that are part of the rule's condition
 */
export function explanationLines(
  explanation: Explanation,
  { columns, color }: Format,
  filterTitles: ReadonlyMap<string, string> = new Map(),
): readonly string[] {
  const style = createStyle({ color });
  return linesOf(explanation).flatMap(({ held, depth, pieces }) => {
    if (depth === undefined) return wrapped(pieces.join(' '), columns).map(style.heading);
    const word = held === undefined ? '   ' : held ? 'yes' : 'no ';
    const lines = hangingPieces(`${word}  ${'  '.repeat(depth)}`, pieces, columns);
    if (held === undefined) return lines.map((line) => line.trimEnd());
    return lines.map((line) => line.replace(/^(?:yes|no )/, held ? style.good : style.bad));
  });

  function linesOf(part: Explanation): readonly Line[] {
    const title = visible(part.rule.title);
    const verdict = part.matched ? 'matches' : 'does not match';
    if ('condition' in part) {
      return [
        heading(`${title}: ${verdict}`),
        ...logsourceLines(part),
        ...ofCondition(part.condition, 0, filterTitles),
      ];
    }
    return [
      heading(`${title}: one event ${verdict} its rules`),
      note(0, [`The ${part.correlation} correlation counts over many events; this is what its rules say of this one.`]),
      ...part.rules.flatMap((rule) => [note(0, ['']), ...linesOf(rule)]),
    ];
  }
}

/** Without `depth` a heading, without `held` a note on the line above. */
interface Line {
  readonly held?: boolean;
  readonly depth?: number;
  readonly pieces: readonly string[];
}

function heading(text: string): Line {
  return { pieces: [text] };
}

function note(depth: number, pieces: readonly string[]): Line {
  return { depth, pieces: pieces.flatMap((piece) => (piece.startsWith("'") ? piece : piece.split(' '))) };
}

function logsourceLines({ logsource: { rule, event, fits } }: RuleExplanation): readonly Line[] {
  const line: Line = { held: fits, depth: 0, pieces: `log source ${visible(logsourceText(rule))}`.split(' ') };
  const found = logsourceText(event);
  if (found === '') return [line, note(0, ['the event names none, so that every rule applies'])];
  return fits ? [line] : [line, note(0, [`the event has ${visible(found)}`])];
}

function ofCondition(
  condition: ConditionResult,
  depth: number,
  filterTitles: ReadonlyMap<string, string>,
): readonly Line[] {
  const { held } = condition;
  const inner = (part: ConditionResult) => ofCondition(part, depth + 1, filterTitles);
  switch (condition.kind) {
    case 'and':
      return [{ held, depth, pieces: ['all', 'of', 'these'] }, ...condition.of.flatMap(inner)];
    case 'or':
      return [{ held, depth, pieces: ['any', 'of', 'these'] }, ...condition.of.flatMap(inner)];
    case 'not':
      return [{ held, depth, pieces: ['not'] }, ...inner(condition.of)];
    case 'quantifier':
      return [{ held, depth, pieces: visible(condition.text).split(' ') }, ...condition.of.flatMap(inner)];
    case 'selection':
      return [
        { held, depth, pieces: [nameOf(condition, filterTitles)] },
        ...ofDetection(condition.of, depth + 1, condition.of.kind === 'all'),
      ];
  }
}

/** A filter's selections stand in the rule's condition behind the filter's id. */
function nameOf({ name }: SelectionResult, filterTitles: ReadonlyMap<string, string>): string {
  for (const [id, title] of filterTitles) {
    if (name.startsWith(`${id}/`)) return visible(`${name.slice(id.length + 1)} of the filter '${title}'`);
  }
  return visible(name);
}

/** The items of a selection that is one map need no line above them. */
function ofDetection(detection: DetectionResult, depth: number, isPlain = false): readonly Line[] {
  if (detection.kind === 'item') return ofItem(detection, depth);
  if (isPlain) return detection.of.flatMap((part) => ofDetection(part, depth));
  const pieces = [detection.kind, 'of', 'these'];
  return [{ held: detection.held, depth, pieces }, ...detection.of.flatMap((part) => ofDetection(part, depth + 1))];
}

function ofItem({ held, predicate, found, similarField, values }: ItemResult, depth: number): readonly Line[] {
  const some = { ...predicate, values: predicate.values.slice(0, maxValues) };
  const left = values.length - some.values.length;
  const lines: Line[] = [
    { held, depth, pieces: [...predicatePieces(some), ...(left > 0 ? [`and ${left} more`] : [])] },
    note(depth + 1, foundPieces(predicate.field, found, similarField)),
  ];
  const every = predicate.every ?? false;
  // Of any of several values, those that held tell why; of all of them, those that did not.
  const telling = values.filter((value) => value.held !== every);
  if (values.length > 1 && telling.length > 0)
    lines.push(note(depth + 1, list(every ? 'not there:' : 'there:', telling)));
  const differ = values.filter(({ why }) => why === 'case');
  if (differ.length > 0) lines.push(note(depth + 1, list('differs in upper and lower case only:', differ)));
  return lines;
}

function foundPieces(
  field: string | null,
  found: FieldValue | undefined,
  similarField: string | undefined,
): readonly string[] {
  if (found !== undefined) return ['the event has', shown(found)];
  if (field === null) return ['the event has no message to search'];
  const similar = similarField === undefined ? '' : `, but '${visible(similarField)}': names are compared with case`;
  return [`the event has no ${visible(field)}${similar}`];
}

/** What an event holds, as it is between quotes, or as much of its beginning as helps. */
function shown(found: FieldValue): string {
  const text = typeof found === 'string' ? found : JSON.stringify(found);
  const start = fitted(visible(text.slice(0, maxFoundColumns + 1)), maxFoundColumns);
  return typeof found === 'string' ? `'${start}'` : start;
}

function list(says: string, values: readonly ValueResult[]): readonly string[] {
  const some = values.slice(0, maxValues).map(({ value }) => quoted(value));
  const left = values.length - some.length;
  const more = left > 0 ? [`and ${left} more`] : [];
  return [says, ...some.map((text, place) => (place < some.length - 1 ? `${text},` : text)), ...more];
}

const maxValues = 12;
const maxFoundColumns = 400;
