import { nearest } from '../text/nearest.ts';
import { entry, scalarsOf, scalarText } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { YamlMap, YamlScalar } from './yaml.ts';

/**
 * Warns of what a document says about itself against the specification. None of it changes what the document means here;
 * other tools refuse some of it, and a key that is misspelled says nothing.
 *
 * @see sigma-rules-specification.md, Components
 */
export function lintDocument(root: YamlMap, report: Report): void {
  lintKeys(root, report);
  lintText(root, 'title', titleProblem, report);
  lintText(root, 'id', idProblem, report);
  lintText(root, 'status', (status) => oneOf('status', status, statuses), report);
  lintText(root, 'taxonomy', taxonomyProblem, report);
  lintText(root, 'date', dateProblem, report);
  lintText(root, 'modified', dateProblem, report);
  for (const tag of scalarsOf(root, 'tags', report)) lintScalar(tag, tagProblem, report);
  const related = entry(root, 'related')?.value;
  for (const item of related?.kind === 'list' ? related.items : []) {
    if (item.kind === 'map') lintText(item, 'type', (type) => oneOf('type', type, relations), report);
  }
}

/** What is wrong with a text, if anything. */
type Lint = (text: string) => string | undefined;

function lintText(map: YamlMap, key: string, lint: Lint, report: Report): void {
  const value = entry(map, key)?.value;
  if (value?.kind === 'scalar') lintScalar(value, lint, report);
}

function lintScalar(scalar: YamlScalar, lint: Lint, report: Report): void {
  const text = scalarText(scalar);
  const problem = text === undefined ? undefined : lint(text);
  if (problem) report.warning(scalar.at, problem);
}

/** Keys of one's own are allowed, so only what is nearly one of the specification's, which is missing, is a mistake. */
function lintKeys({ entries }: YamlMap, report: Report): void {
  const present = new Set(entries.map(({ key }) => key));
  const missing = keys.filter((key) => !present.has(key));
  for (const { key, at } of entries) {
    if (keys.includes(key)) continue;
    const meant = nearest(key, missing, key.length < 8 ? 1 : 2);
    if (meant) report.warning(at, `unknown key '${key}' (did you mean '${meant}'?)`);
  }
}

const keys: readonly string[] = [
  'title',
  'id',
  'name',
  'related',
  'taxonomy',
  'status',
  'description',
  'license',
  'references',
  'author',
  'date',
  'modified',
  'logsource',
  'detection',
  'fields',
  'falsepositives',
  'level',
  'tags',
  'scope',
  'correlation',
  'filter',
];

function titleProblem(title: string): string | undefined {
  const { length } = [...title];
  return length > 256 ? `the title has ${length} characters, and the specification allows 256` : undefined;
}

function idProblem(id: string): string | undefined {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return undefined;
  return `the id '${id}' is no UUID, and other tools refuse it; 'uuidgen' makes one`;
}

function taxonomyProblem(taxonomy: string): string | undefined {
  if (taxonomy === 'sigma') return undefined;
  return `the taxonomy '${taxonomy}' is not known here: its fields and logsources are taken for Sigma's`;
}

function dateProblem(date: string): string | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  const parsed = new Date(0);
  parsed.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (year !== '' && parsed.getUTCMonth() + 1 === Number(month) && parsed.getUTCDate() === Number(day))
    return undefined;
  const [, y, m, d] = /^(\d{4})\/(\d\d?)\/(\d\d?)$/.exec(date) ?? [];
  const hint = y && m && d ? `, here ${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}` : '';
  return `'${date}' is no date; the specification writes YYYY-MM-DD${hint}`;
}

function tagProblem(tag: string): string | undefined {
  return /^[^.]+\../.test(tag) ? undefined : `the tag '${tag}' has no namespace, as in 'attack.t1059'`;
}

function oneOf(what: string, word: string, known: readonly string[]): string | undefined {
  if (known.includes(word)) return undefined;
  const meant = nearest(word, known);
  return `unknown ${what} '${word}'${meant ? ` (did you mean '${meant}'?)` : `: ${known.join(', ')}`}`;
}

const statuses: readonly string[] = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
const relations: readonly string[] = ['derived', 'obsolete', 'merged', 'renamed', 'similar'];
