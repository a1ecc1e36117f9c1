import { resolve } from 'node:path';
import type { Loaded } from './load.ts';
import type { Document, Rule, RuleCollection } from './rule.ts';

/** Documents as their files have them, without those that were left out when the collection was put together. */
export function inForce({ documents, collection }: Pick<Loaded, 'documents' | 'collection'>): readonly Document[] {
  const { rules, correlations, filters } = collection;
  const all = [...rules, ...correlations.map(({ correlation }) => correlation), ...filters];
  const left = new Set(all.map(({ meta }) => meta.id));
  // Of several with the same id the first is in force.
  return documents.filter(({ meta }) => left.delete(meta.id));
}

/**
 * Finds what a person calls a rule by: its id, name, file, title, the beginning of its id or a part of its title, whichever
 * of these fits first; without case. Several documents are as many that it could mean.
 */
export function findDocuments<Named extends Pick<Document, 'meta'> & { readonly name?: string | undefined }>(
  wanted: string,
  documents: readonly Named[],
): readonly Named[] {
  const folded = wanted.toLowerCase();
  const path = resolve(wanted);
  const ways: readonly ((document: Named) => boolean)[] = [
    ({ meta }) => meta.id.toLowerCase() === folded,
    ({ name }) => name?.toLowerCase() === folded,
    ({ meta }) => resolve(meta.path) === path,
    ({ meta }) => meta.title.toLowerCase() === folded,
    ({ meta }) => folded.length >= minIdLength && meta.id.toLowerCase().startsWith(folded),
    ({ meta }) => folded !== '' && meta.title.toLowerCase().includes(folded),
  ];
  for (const fits of ways) {
    const found = documents.filter(fits);
    if (found.length > 0) return found;
  }
  return [];
}

/** The rule with this id, or those that the correlation with this id counts, also through other correlations, each once. */
export function rulesUnder(id: string, { rules, correlations }: RuleCollection): readonly Rule[] {
  const seen = new Set<string>();
  const visit = (of: string): readonly Rule[] => {
    if (seen.has(of)) return [];
    seen.add(of);
    const rule = rules.find(({ meta }) => meta.id === of);
    if (rule) return [rule];
    return correlations.find(({ correlation }) => correlation.meta.id === of)?.members.flatMap(visit) ?? [];
  };
  return visit(id);
}

/** As much of an id as the table of rules shows at least. */
const minIdLength = 8;
