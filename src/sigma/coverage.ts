import type { EventCoverage } from '../model/rule-page.ts';
import { rulesUnder } from './find-document.ts';
import type { Document, RuleCollection } from './rule.ts';
import { type Detecting, itemsOf } from './stages.ts';
import { type Feed, feedsOf, kindsOf } from './taxonomy.ts';

/** The kinds of events that a document is evaluated on, and what feeds the fields that it reads of them. */
export function coverageOf(document: Document, collection: RuleCollection): Pick<EventCoverage, 'events' | 'fields'> {
  const read = document.kind === 'correlation' ? rulesUnder(document.meta.id, collection) : [document];
  const fields = new Map<string, Set<Feed>>();
  for (const { meta, selections } of read) {
    for (const name of fieldsOf({ selections })) {
      const feeds = name === undefined ? messageFeeds(meta) : feedsOf(name, meta.logsource);
      const known = fields.get(name ?? keywords) ?? new Set();
      for (const feed of feeds) known.add(feed);
      fields.set(name ?? keywords, known);
    }
  }
  const events = new Set(read.flatMap(({ meta }) => kindsOf(meta.logsource).map((kind) => kind.name)));
  return { events: [...events], fields: [...fields].map(([name, feeds]) => ({ name, fedBy: [...feeds] })) };
}

/** What stands for the message, which has no name as a field. */
const keywords = 'keywords';

function messageFeeds({ logsource }: Document['meta']): readonly Feed[] {
  return kindsOf(logsource).flatMap(({ name, hasMessage }) => {
    if (!hasMessage) return [];
    return name === 'log' ? 'log' : 'audit';
  });
}

/** Fields in the order in which a rule first reads them; undefined for keywords. */
function fieldsOf({ selections }: Pick<Detecting, 'selections'>): ReadonlySet<string | undefined> {
  return new Set(
    [...selections.values()]
      .flatMap(itemsOf)
      .flatMap(({ field, values }) => [
        field,
        ...values.flatMap(({ value }) => (value.kind === 'fieldref' ? value.field : [])),
      ]),
  );
}
