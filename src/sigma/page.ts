import type { CorrelationFacts, EventCoverage, RulePage, Stage } from '../model/rule-page.ts';
import { tacticOf, techniqueOf } from './attack.ts';
import { conditionText } from './condition.ts';
import { coverageOf } from './coverage.ts';
import { inForce } from './find-document.ts';
import { countIndicators, indicatorsOf } from './indicators.ts';
import { appliesTo } from './link.ts';
import type { Loaded } from './load.ts';
import type { Correlation, Document, Rule, RuleCollection, Threshold } from './rule.ts';
import { stagesOf } from './stages.ts';

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
  const rules = own.filter((candidate) => candidate.kind === 'rule');
  const titles = new Map(own.map(({ meta: { id, title } }) => [id, title]));
  const titled = (id: string) => ({ ...(titles.has(id) && { title: titles.get(id) ?? '' }) });
  const isDetecting = document.kind !== 'correlation';
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
    stages: isDetecting ? stagesOf(document) : correlationStages(document),
    indicators: isDetecting
      ? indicatorsOf(document, countIndicators(document.kind === 'filter' ? [...rules, document] : rules))
      : [],
    falsepositives: meta.falsepositives,
    references: meta.references,
    related: meta.related.map((related) => ({ ...related, ...titled(related.id) })),
    filters: document.kind === 'rule' ? filtersOf(document, collection) : [],
    ...(!isDetecting && { correlation: factsOf(document, collection, titles) }),
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

function filtersOf(rule: Rule, { filters }: RuleCollection): RulePage['filters'] {
  return filters
    .filter((filter) => appliesTo(filter, rule))
    .map(({ meta: { id, title }, condition }) => ({ id, title, condition: conditionText(condition) }));
}

function correlationStages(correlation: Correlation): readonly Stage[] {
  return [{ name: 'condition', predicate: correlationText(correlation) }];
}

function factsOf(
  correlation: Correlation,
  { correlations }: RuleCollection,
  titles: ReadonlyMap<string, string>,
): CorrelationFacts {
  const linked = correlations.find((candidate) => candidate.correlation.meta.id === correlation.meta.id);
  const members = linked?.members ?? correlation.rules.map(({ to }) => to);
  const { type, groupBy, timespanMs, generate } = correlation;
  return {
    type,
    rules: members.map((id) => ({ id, title: titles.get(id) ?? id })),
    groupBy,
    timespanMs,
    condition: correlationText(correlation),
    generate,
  };
}

/** What has to be true within the time span, such as `event_count of User >= 10`. */
function correlationText({ type, condition }: Correlation): string {
  return condition.kind === 'expression'
    ? `${type}: ${conditionText(condition.of)}`
    : `${type}${thresholdText(condition)}`;
}

function thresholdText({ bounds, fields }: Threshold): string {
  const of = fields.length > 0 ? ` of ${fields.join(', ')}` : '';
  return `${of} ${bounds.map((bound) => `${signs[bound.operator]} ${bound.number}`).join(' and ')}`.trimEnd();
}

const signs = { lt: '<', lte: '<=', gt: '>', gte: '>=', eq: '=', neq: 'is not' } as const;
