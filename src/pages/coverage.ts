import type { EventCoverage } from '../model/rule-page.ts';
import type { Logsource } from '../model/sigma-event.ts';
import { rulesUnder } from '../sigma/find-document.ts';
import type { Correlation, Document, RuleCollection } from '../sigma/rule.ts';
import { type Detecting, itemsOf } from '../sigma/stages.ts';
import { type Feed, feedsOf, kindsOf } from '../sigma/taxonomy.ts';

/** The kinds of events that a document is evaluated on, and what feeds the fields that it reads of them. */
export function coverageOf(document: Document, collection: RuleCollection): Pick<EventCoverage, 'events' | 'fields'> {
  const fields = new Map<string, Set<Feed>>();
  for (const { name, logsource } of readsOf(document, collection)) {
    const feeds = name === undefined ? messageFeeds(logsource) : feedsOf(name, logsource);
    const known = fields.get(name ?? keywords) ?? new Set();
    for (const feed of feeds) known.add(feed);
    fields.set(name ?? keywords, known);
  }
  const rules = document.kind === 'correlation' ? rulesUnder(document.meta.id, collection) : [document];
  const events = new Set(rules.flatMap(({ meta }) => kindsOf(meta.logsource).map((kind) => kind.name)));
  return { events: [...events], fields: [...fields].map(([name, feeds]) => ({ name, fedBy: [...feeds] })) };
}

/** A field, or the message without a name, that is read of events. */
interface Read {
  readonly name: string | undefined;
  readonly logsource: Logsource;
}

function readsOf(document: Document, collection: RuleCollection): readonly Read[] {
  if (document.kind !== 'correlation') return readsOfSelections(document);
  const rules = rulesUnder(document.meta.id, collection);
  return [...rules.flatMap(readsOfSelections), ...readsOfCorrelation(document, collection, new Set())];
}

/** In the order in which the rule first reads them. */
function readsOfSelections({ selections, meta: { logsource } }: Detecting & Pick<Document, 'meta'>): readonly Read[] {
  return [...selections.values()].flatMap(itemsOf).flatMap(({ field, values }) => {
    const references = values.flatMap(({ value }) => (value.kind === 'fieldref' ? value.field : []));
    return [field, ...references].map((name) => ({ name, logsource }));
  });
}

/** What events of its rules are grouped by and counted by, under the names that aliases give it there. */
function readsOfCorrelation(
  { meta, groupBy, condition }: Correlation,
  collection: RuleCollection,
  seen: Set<string>,
): readonly Read[] {
  const linked = collection.correlations.find(({ correlation }) => correlation.meta.id === meta.id);
  if (!linked || seen.has(meta.id)) return [];
  seen.add(meta.id);
  const names = [...groupBy, ...(condition.kind === 'threshold' ? condition.fields : [])];
  return linked.members.flatMap((id): readonly Read[] => {
    const rule = collection.rules.find((candidate) => candidate.meta.id === id);
    if (rule) {
      const { logsource } = rule.meta;
      return names.map((name) => ({ name: linked.aliases.get(name)?.get(id) ?? name, logsource }));
    }
    const inner = collection.correlations.find(({ correlation }) => correlation.meta.id === id);
    return inner ? readsOfCorrelation(inner.correlation, collection, seen) : [];
  });
}

/** What stands for the message, which has no name as a field. */
const keywords = 'keywords';

function messageFeeds(logsource: Logsource): readonly Feed[] {
  return kindsOf(logsource).flatMap(({ name, hasMessage }) => {
    if (!hasMessage) return [];
    return name === 'log' ? 'log' : 'audit';
  });
}
