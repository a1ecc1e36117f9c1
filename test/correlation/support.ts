import assert from 'node:assert/strict';
import { defaultLimits } from '../../src/correlation/correlations.ts';
import type { Limits } from '../../src/correlation/groups.ts';
import { type Counters, createCounters } from '../../src/host/counters.ts';
import type { EventFields } from '../../src/model/sigma-event.ts';
import { createRuleSet, type RuleSet } from '../../src/rule-set.ts';
import { link } from '../../src/sigma/link.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import { told } from '../sigma/support.ts';

/** A rule with this name and id that matches events whose field `is` has its name. */
export function ruleNamed(name: string): string {
  return `title: ${name}\nid: ${name}\nname: ${name}\nlevel: low\nlogsource: {product: linux}\ndetection: {sel: {is: ${name}}, condition: sel}\n`;
}

/** A correlation with this id and name; `body` is what stands in `correlation`, whose lines start at column 1. */
export function correlationNamed(name: string, body: string): string {
  const indented = body.trim().replace(/^/gm, '  ');
  return `title: ${name}\nid: ${name}\nname: ${name}\nlevel: high\ncorrelation:\n${indented}\n`;
}

/** Documents, linked; problems as `severity line:column text`. */
export function linked(...texts: string[]) {
  const report = createReport();
  const collection = link(parseDocuments(texts.join('---\n'), 'r.yml', report), report);
  return { collection, problems: told(report) };
}

export interface Correlated {
  readonly set: RuleSet;
  readonly counters: Counters;
  /** Ids of what an event at this second gives. */
  at(second: number, fields: EventFields, id?: string): readonly string[];
}

/** The rules a, b and c, and these correlations over them. */
export function correlated(correlations: readonly string[], limits: Partial<Limits> = {}): Correlated {
  const { collection, problems } = linked(...['a', 'b', 'c'].map(ruleNamed), ...correlations);
  assert.deepEqual(problems, []);
  const counters = createCounters();
  const set = createRuleSet(collection, { counters, limits: { ...defaultLimits, ...limits } });
  return {
    set,
    counters,
    at(second, fields, id) {
      const event = { logsource: { product: 'linux' }, fields, timestampMs: second * 1000, ...(id && { id }) };
      return set.matching(event).map(({ meta }) => meta.id);
    },
  };
}
