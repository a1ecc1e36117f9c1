/**
 * Every Linux rule of ../shared fires: for each an event is made from its own values, written as auditd or syslog would
 * write it, and sent through the pipeline from the first line on.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { createRaise } from '../src/alerts/raise.ts';
import { createCounters } from '../src/host/counters.ts';
import { createPipeline } from '../src/pipeline.ts';
import { createEnricher } from '../src/process/enrich.ts';
import { createProcessGuid } from '../src/process/guid.ts';
import { createProcessTable } from '../src/process/table.ts';
import { createRuleSet, type RuleSet } from '../src/rule-set.ts';
import { loadRules } from '../src/sigma/load.ts';
import type { Rule } from '../src/sigma/rule.ts';
import { assignmentsFor } from './support/assignments.ts';
import { linesFor } from './support/logs-for.ts';

const corpus = new URL('../../shared/corpus/sigmahq/linux', import.meta.url).pathname;
const skip = existsSync(corpus) ? false : 'the shared corpus is not here';
const maxAttempts = 500;

/** Rules that nothing can make fire, by what they wait for. */
const silent: Readonly<Record<string, string>> = {
  'Communication To LocaltoNet Tunneling Service Initiated - Linux': 'DestinationHostname, which no record tells',
  'Communication To Ngrok Tunneling Service - Linux': 'DestinationHostname, which no record tells',
  'Linux Crypto Mining Pool Connections': 'DestinationHostname, which no record tells',
};

test('each of the 248 rules fires on what a log can say, but for those that are known to wait in vain', {
  skip,
}, async () => {
  const { collection } = await loadRules([corpus]);
  const { rules } = collection;
  assert.equal(rules.length, 248);
  const ruleSet = createRuleSet(collection);
  const unfired = rules.filter((rule) => !fires(rule, ruleSet)).map(({ meta }) => meta.title);
  assert.deepEqual(unfired.sort(), Object.keys(silent).sort());
});

function fires(rule: Rule, ruleSet: RuleSet): boolean {
  let attempts = 0;
  for (const assignment of assignmentsFor(rule)) {
    const { audit, log } = linesFor(rule.meta.logsource, assignment);
    if (alertsOf(audit, log, rule.meta.logsource.service ?? 'syslog', ruleSet).includes(rule.meta.id)) return true;
    if (++attempts === maxAttempts) return false;
  }
  return false;
}

/** The ids of the rules that raise alerts on these lines. */
function alertsOf(
  audit: readonly string[],
  log: readonly string[],
  service: string,
  ruleSet: RuleSet,
): readonly string[] {
  const fired: string[] = [];
  const pipeline = createPipeline({
    rules: () => ruleSet,
    enricher: createEnricher(createProcessTable(64, createProcessGuid('host')), undefined),
    users: { name: (uid) => (uid === '0' ? 'root' : undefined) },
    raise: createRaise({ host: { name: 'host', id: 'host' }, agentVersion: '0', rulesetHash: () => ruleSet.hash }),
    deliver: ({ rule }) => fired.push(rule.id),
    counters: createCounters(),
    monotonicMs: () => 0,
  });
  const intake = pipeline.audit();
  audit.forEach(intake.line);
  intake.flush();
  const take = pipeline.log({ product: 'linux', services: [service] });
  for (const [offset, text] of log.entries()) take({ text, origin: { file: 'f', offset }, readMs: 0 });
  return fired;
}
