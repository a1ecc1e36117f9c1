import { createHash } from 'node:crypto';
import { type Correlations, createCorrelations, type Fired } from './correlation/correlations.ts';
import type { Limits } from './correlation/groups.ts';
import { type Counters, createCounters } from './host/counters.ts';
import { type CompiledRule, compileRule } from './matching/compile.ts';
import { createEventView, type Matchable } from './matching/event-view.ts';
import { createPartitionedRoute } from './matching/partition.ts';
import { type CostClock, createQuarantine } from './matching/quarantine.ts';
import { createIndexedRoute, createLinearRoute, type IndexedRule, nothing, type Route } from './matching/route.ts';
import { createPricing } from './matching/witness.ts';
import type { Match, Quarantined, RuleMeta } from './model/rule.ts';
import type { Logsource } from './model/sigma-event.ts';
import { applies } from './sigma/logsources.ts';
import { createReaders } from './sigma/readers.ts';
import type { RuleCollection } from './sigma/rule.ts';

/** Rules that are evaluated together. Not re-entrant: one event at a time, as everything between line and alert is. */
export interface RuleSet {
  readonly rules: readonly RuleMeta[];
  /** `sha256:…` over the loaded rules' ids and content, independent of order and path. */
  readonly hash: string;
  /** Whether any rule could apply to events of this logsource; lets the pipeline skip building them. */
  wants(logsource: Logsource): boolean;
  /** Logsources that were asked for so far; to ask for one is to make its index, which takes some time once. */
  readonly logsources: readonly Logsource[];
  /**
   * Rules that match, in rule order, without those that only feed correlations; then correlations that the event completes.
   * A shared empty array when there is none. Each event is given once, to this or to `evaluate`. Never throws.
   */
  matching(event: Matchable): readonly { readonly meta: RuleMeta }[];
  /** Whether an event with this `type` and likeness (see SigmaEvent) came before, and no rule matched. */
  isSilent(logsource: Logsource, type: string, likeness: string): boolean;
  /** `matching` and what held of each rule: see Match. */
  evaluate(event: Matchable, among?: Among): readonly Match[];
  /** Whether a rule for this logsource reads the field, or a correlation reads it of what such a rule matches. */
  reads(field: string, logsource: Logsource): boolean;
  /** What correlations have seen; undefined where there is none. */
  readonly correlations: Pick<Correlations, 'changes' | 'snapshot' | 'restore'> | undefined;
  /** Rules that were taken out of force since the last call, for what they cost. */
  takeQuarantined(): readonly Quarantined[];
}

/** Only the rules that read a field, or only the others: together all of them, each once. */
export interface Among {
  readonly field: string;
  readonly reading: boolean;
}

export interface RuleSetOptions {
  /** Without the index every rule sees every event of its logsource: same answers, slower. */
  readonly index?: boolean;
  /**
   * Has `sigma_regex_truncated_total`: values of which a regular expression saw only the start;
   * `sigma_rules_quarantined_total`; and see createCorrelations.
   */
  readonly counters?: Counters;
  /** Tells what rules cost; without it none is taken out of force. */
  readonly clock?: CostClock;
  /** How much correlations may keep. */
  readonly limits?: Limits;
}

export function createRuleSet(collection: Omit<RuleCollection, 'filters'>, options: RuleSetOptions = {}): RuleSet {
  const steps = buildRuleSet(collection, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in small steps, about two a rule, for whoever has other things to do in between. */
export function* buildRuleSet(
  { rules, correlations }: Omit<RuleCollection, 'filters'>,
  { index = true, counters = createCounters(), clock, limits }: RuleSetOptions = {},
): Generator<undefined, RuleSet> {
  const view = createEventView();
  const context = { view, truncated: counters.counter('sigma_regex_truncated_total') };
  const quarantine = clock && createQuarantine(view, clock, counters.counter('sigma_rules_quarantined_total'));
  const indexed: IndexedRule[] = [];
  const pricing = createPricing();
  for (const rule of rules) {
    const compiled = compileRule(rule, context);
    indexed.push({ rule, compiled: quarantine?.watch(rule, compiled) ?? compiled });
    yield;
    pricing.add(rule);
    yield;
  }
  const routes = createRoutes(indexed, (applicable) =>
    index
      ? createPartitionedRoute(applicable, view, (part) => createIndexedRoute(part, view, pricing.price))
      : createLinearRoute(applicable),
  );

  const correlated = correlations.length > 0 ? createCorrelations(correlations, counters, limits) : undefined;

  const readers = createReaders(rules, correlations);

  function matching(event: Matchable, among?: Among): readonly (CompiledRule | Fired)[] {
    const matched = narrow(matchingRules(event), among);
    return correlated && matched !== nothing ? correlated.feed(event, matched) : matched;
  }

  function narrow(matched: readonly CompiledRule[], among: Among | undefined): readonly CompiledRule[] {
    if (!among || matched === nothing) return matched;
    const reading = new Set(readers.of(among.field).map(({ id }) => id));
    const narrowed = matched.filter(({ meta }) => reading.has(meta.id) === among.reading);
    return narrowed.length > 0 ? narrowed : nothing;
  }

  function matchingRules(event: Matchable): readonly CompiledRule[] {
    const route = routes.of(event.logsource);
    if (route.size === 0) return nothing;
    view.load(event);
    return route.matching();
  }

  return {
    rules: [...rules, ...correlations.map(({ correlation }) => correlation)].map(({ meta }) => meta),
    hash: hashOf({ rules, correlations }),
    takeQuarantined: () => quarantine?.take() ?? noneQuarantined,
    wants: (logsource) => routes.of(logsource).size > 0,
    get logsources() {
      return routes.logsources;
    },
    isSilent: (logsource, type, likeness) => routes.of(logsource).isSilent(type, likeness),
    matching,
    reads: (field, logsource) => readers.of(field).some((meta) => applies(meta.logsource, logsource)),
    evaluate: (event, among) => {
      const matched = matching(event, among);
      return matched === nothing ? noMatch : matched.map(toMatch);
    },
    correlations: correlated,
  };
}

function toMatch(found: CompiledRule | Fired): Match {
  const match = { rule: found.meta, selections: found.explain() };
  if ('fired' in found) return { ...match, correlation: found.fired() };
  return found.truncated() ? { ...match, truncated: true } : match;
}

const noMatch: readonly Match[] = Object.freeze([]);
const noneQuarantined: readonly Quarantined[] = Object.freeze([]);

/**
 * The route of a logsource, built when its first event comes. A rule applies where each dimension that it names is the
 * event's; an event that comes without any logsource could be of all.
 * Values that no rule names are all alike, so the rules bound the number of routes, whatever events say.
 */
function createRoutes(
  rules: readonly IndexedRule[],
  build: (applicable: readonly IndexedRule[]) => Route,
): { of(logsource: Logsource): Route; readonly logsources: readonly Logsource[] } {
  const named = new Set(rules.flatMap(({ rule }) => Object.values(rule.meta.logsource)));
  let unnamed = 'unnamed';
  while (named.has(unnamed)) unnamed += '_';
  const known = (value: string | undefined) => (value === undefined || named.has(value) ? value : unnamed);
  const byProduct = new Map<string | undefined, Map<string | undefined, Map<string | undefined, Route>>>();
  // The pipeline's logsources are constants, and most of its events have one of two.
  let last: { logsource: Logsource; route: Route } | undefined;
  let lastButOne: typeof last;
  const logsources: Logsource[] = [];

  function of(logsource: Logsource): Route {
    if (last && isSame(last.logsource, logsource)) return last.route;
    if (lastButOne && isSame(lastButOne.logsource, logsource)) return lastButOne.route;
    const product = known(logsource.product);
    const category = known(logsource.category);
    const service = known(logsource.service);
    const byService = level(level(byProduct, product), category);
    let route = byService.get(service);
    if (!route) {
      route = build(rules.filter(({ rule }) => applies(rule.meta.logsource, { product, category, service })));
      byService.set(service, route);
      logsources.push(logsource);
    }
    lastButOne = last;
    last = { logsource, route };
    return route;
  }

  return { of, logsources };
}

function isSame(one: Logsource, other: Logsource): boolean {
  return (
    one === other || (one.category === other.category && one.product === other.product && one.service === other.service)
  );
}

function level<V>(map: Map<string | undefined, Map<string | undefined, V>>, key: string | undefined) {
  let inner = map.get(key);
  if (!inner) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

function hashOf({ rules, correlations }: Omit<RuleCollection, 'filters'>): string {
  const lines = [
    ...rules.map(({ meta, digest }) => `${digest} ${meta.id}\n`),
    ...correlations.map(({ correlation, digest }) => `${digest} ${correlation.meta.id}\n`),
  ].sort();
  return `sha256:${createHash('sha256').update(lines.join('')).digest('hex')}`;
}
