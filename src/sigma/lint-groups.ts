import type { Logsource } from '../model/sigma-event.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Report } from './report.ts';
import type { Correlation, LinkedCorrelation, Rule } from './rule.ts';
import { type EventKind, isKnownIn, kindsOf, knownFields } from './taxonomy.ts';

/**
 * Warns of fields to group by that no event here has: all events would then be one group, and what is counted for one user
 * or address would be counted for everyone.
 *
 * @param members ids in the order of `correlation.rules`
 * @param named all documents by id and name
 */
export function lintGroups(
  { rules, groupBy, groupByAt }: Correlation,
  members: readonly string[],
  aliases: LinkedCorrelation['aliases'],
  named: ReadonlyMap<string, Rule | Correlation>,
  report: Report,
): void {
  for (const [index, name] of groupBy.entries()) {
    for (const [at, id] of members.entries()) {
      const member = named.get(id);
      const kinds = member?.kind === 'rule' ? kindsNamedBy(member.meta.logsource) : [];
      const field = aliases.get(name)?.get(id) ?? name;
      const place = groupByAt[index];
      if (!place || kinds.length === 0 || kinds.some((kind) => isKnownIn(kind, field))) continue;
      const hint = didYouMean(field, kinds.flatMap(knownFields));
      report.warning(
        place,
        `no event here that '${rules[at]?.to}' matches has a field '${field}'${hint}, so all of them are one group`,
      );
    }
  }
}

/** A rule for a product alone takes events of every kind, so its fields may be any. */
function kindsNamedBy(logsource: Logsource): readonly EventKind[] {
  return logsource.category === undefined && logsource.service === undefined ? [] : kindsOf(logsource);
}
