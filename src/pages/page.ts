import type { EventCoverage, RulePage } from '../model/rule-page.ts';
import { conditionText } from '../sigma/condition.ts';
import { inForce } from '../sigma/find-document.ts';
import { appliesTo } from '../sigma/link.ts';
import type { Loaded } from '../sigma/load.ts';
import type { Document, Rule, RuleCollection } from '../sigma/rule.ts';
import { stagesOf } from '../sigma/stages.ts';
import { tacticOf, techniqueOf } from './attack.ts';
import { correlationParts } from './correlation-page.ts';
import { coverageOf } from './coverage.ts';
import { countIndicators, indicatorsOf } from './indicators.ts';

/** The page of a document, among those loaded with it: its indicators are counted there and its references found. */
export function pageOf(
  document: Document,
  { documents, collection }: Pick<Loaded, 'documents' | 'collection'>,
  verdict: Pick<EventCoverage, 'verdict' | 'reasons'>,
): RulePage {
  const { meta } = document;
  const { status, author, date, modified, license, description } = meta;
  // As their files have them, without the filters that have become part of those of the collection.
  const own = inForce({ documents, collection });
  const titles = new Map(own.map(({ meta: { id, title } }) => [id, title]));
  const titled = (id: string) => ({ ...(titles.has(id) && { title: titles.get(id) ?? '' }) });
  return {
    kind: document.kind,
    id: meta.id,
    title: meta.title,
    product: 'Detection rules › Sigma',
    ...(status !== undefined && { status }),
    level: meta.level,
    logsource: meta.logsource,
    ...(author !== undefined && { author }),
    ...(date !== undefined && { date }),
    ...(modified !== undefined && { modified }),
    ...(license !== undefined && { license }),
    source: meta.path,
    ...(description !== undefined && { description }),
    tags: meta.tags,
    ...attackOf(meta.tags),
    eventCoverage: { ...verdict, ...coverageOf(document, collection) },
    body: document.text,
    ...partsOf(document, own, collection),
    falsepositives: meta.falsepositives,
    references: meta.references,
    related: meta.related.map((related) => ({ ...related, ...titled(related.id) })),
  };
}

function attackOf(tags: readonly string[]): Pick<RulePage, 'attack' | 'tactics'> {
  const attack = tags.flatMap((tag) => {
    const technique = techniqueOf(tag);
    if (!technique) return [];
    const { id, name, tactics } = technique;
    return { id, ...(name !== undefined && { name }), tactics };
  });
  const tactics = [...tags.flatMap((tag) => tacticOf(tag) ?? []), ...attack.flatMap((technique) => technique.tactics)];
  return { attack, tactics: [...new Set(tactics)] };
}

/** What depends on the kind of the document. */
function partsOf(
  document: Document,
  own: readonly Document[],
  collection: RuleCollection,
): Pick<RulePage, 'stages' | 'indicators' | 'filters' | 'correlation'> {
  if (document.kind === 'correlation') {
    return { ...correlationParts(document, collection.correlations, own), indicators: [], filters: [] };
  }
  const rules = own.filter((candidate) => candidate.kind === 'rule');
  const countOf = countIndicators(document.kind === 'filter' ? [...rules, document] : rules);
  return {
    stages: stagesOf(document),
    indicators: indicatorsOf(document, countOf),
    filters: document.kind === 'rule' ? filtersOf(document, collection) : [],
  };
}

function filtersOf(rule: Rule, { filters }: RuleCollection): RulePage['filters'] {
  return filters
    .filter((filter) => appliesTo(filter, rule))
    .map(({ meta: { id, title }, condition }) => ({ id, title, condition: conditionText(condition) }));
}
