import type { Quarantined } from '../model/rule.ts';
import type { Logsource, SigmaEvent } from '../model/sigma-event.ts';

/** The logsource of what the agent says about itself. */
const agent: Logsource = { product: 'sigmond', service: 'agent' };

/** Tells rules that one of them was taken out of force, at the time of the event that was too much for it. */
export function ruleQuarantined({ rule, costMs, evaluations }: Quarantined, cause: SigmaEvent): SigmaEvent {
  return {
    id: `rule_quarantined:${rule.id}:${cause.id}`,
    timestampMs: cause.timestampMs,
    logsource: agent,
    fields: {
      EventType: 'rule_quarantined',
      RuleId: rule.id,
      RuleTitle: rule.title,
      RulePath: rule.path,
      CostMs: String(costMs),
      Evaluations: String(evaluations),
      CausedBy: cause.id,
    },
  };
}
