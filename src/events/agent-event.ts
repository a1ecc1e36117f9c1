import type { Quarantined } from '../model/rule.ts';
import type { EventFields, Logsource, SigmaEvent } from '../model/sigma-event.ts';

/** The logsource of what the agent says about itself. */
const agent: Logsource = { product: 'sigmond', service: 'agent' };

/**
 * Something that the agent says about itself or its host, for rules with `product: sigmond, service: agent`.
 *
 * @param eventType told as EventType: what happened, such as `rule_quarantined`
 * @param occurrence makes the id: the same for the same occurrence, whenever it is told
 */
export function agentEvent(
  eventType: string,
  occurrence: string,
  timestampMs: number,
  fields: EventFields = {},
): SigmaEvent {
  return {
    id: `${eventType}:${occurrence}`,
    timestampMs,
    logsource: agent,
    fields: { EventType: eventType, ...fields },
  };
}

/** Tells rules that one of them was taken out of force, at the time of the event that was too much for it. */
export function ruleQuarantined({ rule, costMs, evaluations }: Quarantined, cause: SigmaEvent): SigmaEvent {
  return agentEvent('rule_quarantined', `${rule.id}:${cause.id}`, cause.timestampMs, {
    RuleId: rule.id,
    RuleTitle: rule.title,
    RulePath: rule.path,
    CostMs: String(costMs),
    Evaluations: String(evaluations),
    CausedBy: cause.id,
  });
}
