import { didYouMean } from '../text/nearest.ts';
import type { Report } from './report.ts';
import type { Correlation, LinkedCorrelation, Rule } from './rule.ts';

/**
 * Finds the members that the aliases of a correlation speak of; undefined, and reported, where they speak of others, or
 * where one rule is referred to twice.
 *
 * @param members ids in the order of `correlation.rules`
 * @param named all documents by id and name
 */
export function linkMembers(
  { type, rules, aliases }: Correlation,
  members: readonly string[],
  named: ReadonlyMap<string, Rule | Correlation>,
  report: Report,
): LinkedCorrelation['aliases'] | undefined {
  const before = report.problems.length;
  // In an order, the same rule may come again.
  if (type !== 'temporal_ordered') {
    for (const [at, { to, at: place }] of rules.entries()) {
      if (members.indexOf(members[at] ?? '') < at) report.error(place, `'${to}' is a rule that stands here already`);
    }
  }
  const linked = new Map<string, ReadonlyMap<string, string>>();
  for (const { name, fields } of aliases) {
    const byMember = new Map<string, string>();
    for (const { rule, field } of fields) {
      const id = named.get(rule.to)?.meta.id;
      if (id !== undefined && members.includes(id)) byMember.set(id, field);
      else {
        const hint = didYouMean(
          rule.to,
          rules.map(({ to }) => to),
        );
        report.error(rule.at, `alias '${name}': '${rule.to}' is none of the rules of this correlation${hint}`);
      }
    }
    linked.set(name, byMember);
  }
  return report.problems.length === before ? linked : undefined;
}
