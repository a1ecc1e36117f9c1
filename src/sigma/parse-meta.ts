import type { Level, RelatedRule, RuleMeta } from '../model/rule.ts';
import type { Logsource } from '../model/sigma-event.ts';
import { didYouMean } from '../text/nearest.ts';
import { lintDocument } from './lint-document.ts';
import type { Placeholders } from './placeholders.ts';
import { entry, textOf, textsOf } from './read-yaml.ts';
import type { Report } from './report.ts';
import type { DocumentBase } from './rule.ts';
import type { YamlMap } from './yaml.ts';

/** A document on the way to what it is. */
export interface Draft {
  readonly root: YamlMap;
  readonly path: string;
  readonly text: string;
  /** Hex SHA-256 of what it says. */
  readonly digest: string;
  readonly placeholders: Placeholders;
}

/** Reads what documents of every kind have; undefined, and reported, without a title or with a level that is none. */
export function parseBase(draft: Draft, logsource: Logsource, report: Report): DocumentBase | undefined {
  const { root, text, digest } = draft;
  lintDocument(root, report);
  const meta = parseMeta(draft, logsource, report);
  const at = entry(root, 'id')?.value.at ?? root.at;
  return meta && { meta, name: textOf(root, 'name', report), digest, text, at };
}

function parseMeta({ root, path, digest }: Draft, logsource: Logsource, report: Report): RuleMeta | undefined {
  const title = textOf(root, 'title', report);
  if (!title) report.error(entry(root, 'title')?.at ?? root.at, "a rule needs a 'title'");
  const level = parseLevel(root, report);
  if (!title || !level) return undefined;
  return {
    id: textOf(root, 'id', report) || `sha256:${digest}`,
    title,
    level,
    logsource,
    path,
    status: textOf(root, 'status', report),
    description: textOf(root, 'description', report),
    author: textsOf(root, 'author', report).join(', ') || undefined,
    license: textOf(root, 'license', report),
    date: textOf(root, 'date', report),
    modified: textOf(root, 'modified', report),
    tags: textsOf(root, 'tags', report),
    references: textsOf(root, 'references', report),
    related: parseRelated(root, report),
    falsepositives: textsOf(root, 'falsepositives', report),
  };
}

function parseLevel(root: YamlMap, report: Report): Level | undefined {
  const written = textOf(root, 'level', report);
  if (written === undefined) {
    // A filter raises nothing, so it needs none.
    if (!entry(root, 'filter')) report.warning(root.at, "the rule has no 'level' and is taken as informational");
    return 'informational';
  }
  const level = levels.find((known) => known === written.toLowerCase());
  if (level) return level;
  const hint = didYouMean(written, levels) || `: ${levels.join(', ')}`;
  return report.error(entry(root, 'level')?.value.at ?? root.at, `unknown level '${written}'${hint}`);
}

const levels: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];

function parseRelated(root: YamlMap, report: Report): readonly RelatedRule[] {
  const list = entry(root, 'related')?.value;
  if (!list || (list.kind === 'scalar' && list.value === null)) return [];
  const items = list.kind === 'list' ? list.items : [list];
  return items.flatMap((item) => {
    const id = item.kind === 'map' ? textOf(item, 'id', report) : undefined;
    if (item.kind === 'map' && id) return { id, type: textOf(item, 'type', report) ?? 'similar' };
    report.warning(item.at, "'related' should hold maps of id and type, and this is left out");
    return [];
  });
}

/** Reads `logsource`; undefined, and reported, where it is missing or says nothing. */
export function parseLogsource(root: YamlMap, report: Report): Logsource | undefined {
  const logsource = entry(root, 'logsource');
  if (!logsource) return report.error(root.at, "a rule needs a 'logsource'");
  const map = logsource.value;
  if (map.kind !== 'map') return report.error(map.at, `'logsource' is a map, not a ${map.kind}`);
  lintDimensions(map, report);
  const dimension = (name: keyof Logsource) => textOf(map, name, report);
  const [product, category, service] = [dimension('product'), dimension('category'), dimension('service')];
  if (!product && !category && !service) {
    return report.error(map.at, "'logsource' needs at least one of product, category and service");
  }
  return { ...(product && { product }), ...(category && { category }), ...(service && { service }) };
}

/** What a logsource names beside the three dimensions is for people. */
function lintDimensions({ entries }: YamlMap, report: Report): void {
  for (const { key, at } of entries) {
    if (key === 'definition') continue;
    if (!dimensions.includes(key)) {
      report.warning(at, `'${key}' of a logsource is not evaluated${didYouMean(key, dimensions)}`);
    }
  }
}

const dimensions: readonly string[] = ['product', 'category', 'service'];
