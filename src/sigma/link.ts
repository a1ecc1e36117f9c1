import { createHash } from 'node:crypto';
import type { Logsource } from '../model/sigma-event.ts';
import { didYouMean } from '../text/nearest.ts';
import { linkMembers } from './link-members.ts';
import { lintGroups } from './lint-groups.ts';
import type { Report } from './report.ts';
import type {
  Condition,
  Correlation,
  Detection,
  Document,
  Filter,
  LinkedCorrelation,
  Reference,
  Rule,
  RuleCollection,
} from './rule.ts';

/**
 * Puts documents together: finds what they refer to and makes filters part of the rules that they restrict. What refers to
 * nothing, or to itself in the end, is reported and left out.
 */
export function link(documents: readonly Document[], report: Report): RuleCollection {
  const unique = withoutRepeats(documents, report);
  const named = new Map<string, Rule | Correlation>();
  for (const document of unique) {
    if (document.kind === 'filter') continue;
    if (document.name !== undefined && !named.has(document.name)) named.set(document.name, document);
    named.set(document.meta.id, document);
  }
  const filters = unique.filter((document) => document.kind === 'filter');
  const unfiltered = unique.filter((document) => document.kind === 'rule');
  for (const filter of filters) checkTargets(filter, unfiltered, named, report);
  const rules = unfiltered.map((rule) =>
    restrict(
      rule,
      filters.filter((filter) => appliesTo(filter, rule)),
    ),
  );
  const digests = new Map(rules.map(({ meta, digest }) => [meta.id, digest]));
  return { rules, correlations: linkCorrelations(unique, named, digests, report), filters };
}

function withoutRepeats(documents: readonly Document[], report: Report): readonly Document[] {
  const ids = new Map<string, Document>();
  const names = new Map<string, Document>();
  for (const document of documents) {
    const { meta, name, at } = document;
    const first = ids.get(meta.id);
    if (first) {
      report.error(
        at,
        `the id '${meta.id}' is already that of '${first.meta.title}' at ${placeOf(first)}; use another`,
      );
      continue;
    }
    ids.set(meta.id, document);
    const namesake = name === undefined ? undefined : names.get(name);
    if (namesake) {
      report.warning(at, `the name '${name}' is already that of '${namesake.meta.title}' at ${placeOf(namesake)}`);
    } else if (name !== undefined) {
      names.set(name, document);
    }
  }
  return [...ids.values()];
}

function placeOf({ at }: Document): string {
  return `${at.path}:${at.line}:${at.column}`;
}

function checkTargets(
  filter: Filter,
  rules: readonly Rule[],
  named: ReadonlyMap<string, Rule | Correlation>,
  report: Report,
): void {
  if (filter.rules === 'any') {
    if (rules.some((rule) => appliesTo(filter, rule))) return;
    report.warning(filter.at, 'the filter applies to nothing: no rule is loaded whose logsource is within its own');
    return;
  }
  for (const { to, at } of filter.rules) {
    const target = named.get(to);
    if (!target) report.warning(at, `no rule has the id or name '${to}'${didYouMean(to, named.keys())}`);
    else if (target.kind === 'correlation') report.warning(at, `'${to}' is a correlation, which no filter applies to`);
    else if (!contains(filter.meta.logsource, target.meta.logsource)) {
      report.warning(at, `the filter's logsource does not contain that of '${to}', so it does not apply`);
    }
  }
}

/** Whether the filter restricts the rule. */
export function appliesTo({ rules, meta: { logsource } }: Filter, rule: Rule): boolean {
  if (!contains(logsource, rule.meta.logsource)) return false;
  return rules === 'any' || rules.some(({ to }) => to === rule.meta.id || to === rule.name);
}

function contains(filter: Logsource, rule: Logsource): boolean {
  const fits = (dimension: keyof Logsource) => filter[dimension] === undefined || filter[dimension] === rule[dimension];
  return fits('product') && fits('category') && fits('service');
}

/** The rule with the filters in it; the same filters in another order are the same rule. */
function restrict(rule: Rule, filters: readonly Filter[]): Rule {
  if (filters.length === 0) return rule;
  const digests = filters.map(({ digest }) => digest).sort();
  return { ...filters.reduce(withFilter, rule), digest: digestOf([rule.digest, ...digests]) };
}

/** The rule with the filter's condition as a part of its own; the filter's selections have names of their own. */
function withFilter(rule: Rule, filter: Filter): Rule {
  const nameIn = (name: string) => `${filter.meta.id}/${name}`;
  const selections = new Map<string, Detection>(rule.selections);
  for (const [name, detection] of filter.selections) selections.set(nameIn(name), detection);
  const condition: Condition = { kind: 'and', of: [rule.condition, renamed(filter.condition, nameIn)] };
  return { ...rule, selections, condition };
}

function renamed(node: Condition, nameIn: (name: string) => string): Condition {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { ...node, of: node.of.map((part) => renamed(part, nameIn)) };
    case 'not':
      return { ...node, of: renamed(node.of, nameIn) };
    case 'selection':
      return { ...node, name: nameIn(node.name) };
    case 'quantifier':
      return { ...node, names: node.names.map(nameIn) };
  }
}

/** Those whose references lead to something, what is referred to first. */
function linkCorrelations(
  documents: readonly Document[],
  named: ReadonlyMap<string, Rule | Correlation>,
  digests: Map<string, string>,
  report: Report,
): readonly LinkedCorrelation[] {
  const linked: LinkedCorrelation[] = [];
  const visiting = new Set<Correlation>();
  const done = new Map<Correlation, boolean>();

  function visit(correlation: Correlation): boolean {
    const known = done.get(correlation);
    if (known !== undefined) return known;
    visiting.add(correlation);
    const members = correlation.rules.map((reference) => memberOf(reference));
    visiting.delete(correlation);
    const ids = members.filter((id) => id !== undefined);
    const aliases = ids.length === members.length ? linkMembers(correlation, ids, named, report) : undefined;
    done.set(correlation, aliases !== undefined);
    if (!aliases) return false;
    lintGroups(correlation, ids, aliases, named, report);
    const digest = digestOf([correlation.digest, ...ids.map((id) => digests.get(id) ?? '')]);
    digests.set(correlation.meta.id, digest);
    linked.push({ correlation, members: ids, aliases, digest });
    return true;
  }

  function memberOf({ to, at }: Reference): string | undefined {
    const target = named.get(to);
    if (!target) return report.error(at, `no rule has the id or name '${to}'${didYouMean(to, named.keys())}`);
    if (target.kind === 'correlation') {
      if (visiting.has(target)) return report.error(at, `'${to}' refers back to this correlation`);
      if (visiting.size >= maxChained) {
        return report.error(at, `correlations over correlations are chained deeper than ${maxChained}`);
      }
      if (!visit(target)) return report.error(at, `the correlation '${to}' is left out, and so is this one`);
    }
    return target.meta.id;
  }

  for (const document of documents) if (document.kind === 'correlation') visit(document);
  return linked;
}

/** Chains are followed by recursion. */
const maxChained = 64;

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
