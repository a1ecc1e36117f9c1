import { createRaise } from './alerts/raise.ts';
import type { Counters } from './host/counters.ts';
import { hostIdFrom, readHostIdentity } from './host/identity.ts';
import { createUsers } from './host/users.ts';
import type { Intake } from './intake.ts';
import { createPipeline, type Pipeline, type PipelineParts } from './pipeline.ts';
import { createEnricher } from './process/enrich.ts';
import { createProcessGuid } from './process/guid.ts';
import { createNodeEnrichers } from './process/nodes.ts';
import { createProcessTable } from './process/table.ts';
import type { RuleSet } from './rule-set.ts';

export interface ReplayParts extends Pick<PipelineParts, 'deliver' | 'onEvent'> {
  readonly rules: RuleSet;
  readonly agentVersion: string;
  readonly counters: Counters;
}

export interface ReplayPipeline extends Pick<Pipeline, 'log'> {
  readonly audit: Intake;
}

/** Events that are looked ahead, so that order does not depend on how lines were merged. */
const reorderWindow = 512;
const maxProcesses = 32_768;

/** The whole pipeline over text that was recorded before: nothing of this host is looked at but its name and its users. */
export function createReplayPipeline({ rules, agentVersion, ...parts }: ReplayParts): ReplayPipeline {
  const host = readHostIdentity('/etc/machine-id');
  const enricherOf = (hostId: string) =>
    createEnricher(createProcessTable(maxProcesses, createProcessGuid(hostId)), undefined);
  const pipeline = createPipeline({
    ...parts,
    rules: () => rules,
    enricher: createNodeEnrichers(
      enricherOf(host.id),
      () => false,
      (node) => enricherOf(hostIdFrom(node)),
    ),
    users: createUsers('/etc/passwd', () => 0),
    raise: createRaise({ host, agentVersion, rulesetHash: () => rules.hash }),
    // Nothing waits in a replay: an event is complete, or it is when the input ends.
    monotonicMs: () => 0,
  });
  return { log: pipeline.log, audit: pipeline.audit({ reorderWindow }) };
}
