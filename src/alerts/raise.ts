import { hash } from 'node:crypto';
import type { Alert } from '../model/alert.ts';
import type { Ancestor } from '../model/process.ts';
import type { Match, RuleMeta } from '../model/rule.ts';
import type { SigmaEvent } from '../model/sigma-event.ts';

export interface RaiseContext {
  /** This host: `name` as the host calls itself, `id` that of /etc/machine-id. */
  readonly host: { readonly name: string; readonly id: string };
  readonly agentVersion: string;
  /** `sha256:` of the rules that are loaded now; asked for each alert, since a reload changes it. */
  readonly rulesetHash: () => string;
}

/**
 * Makes the function that turns a match into an alert. It does nothing else: the same arguments give the same alert.
 *
 * `id` is 32 hex digits over host id, rule id, event id, logsource and ordinal, so an event that is read again after a
 * crash gives the alert that its receivers have already seen.
 */
export function createRaise(
  context: RaiseContext,
): (match: Match, event: SigmaEvent, ancestry: readonly Ancestor[]) => Alert {
  const { host, agentVersion, rulesetHash } = context;
  const shown = new WeakMap<RuleMeta, Alert['rule']>();

  function show(rule: RuleMeta): Alert['rule'] {
    let known = shown.get(rule);
    if (!known) {
      known = showRule(rule);
      shown.set(rule, known);
    }
    return known;
  }

  return ({ rule, selections, truncated, correlation }, event, ancestry) => {
    const timestamp = new Date(event.timestampMs).toISOString();
    return {
      id: alertId(host.id, rule.id, event),
      timestamp,
      severity: rule.level,
      count: 1,
      rule: show(rule),
      event: {
        id: event.id,
        timestamp,
        logsource: event.logsource,
        fields: event.fields,
        ...(event.argv && { argv: event.argv }),
      },
      match: { extended: false, selections, ...(truncated && { truncated }) },
      ...(correlation && { correlation }),
      ancestry,
      host: { name: nodeOf(event.id) ?? host.name, id: host.id },
      agent: { version: agentVersion, ruleset: rulesetHash() },
    };
  };
}

function showRule({ id, title, level, tags, status, references }: RuleMeta): Alert['rule'] {
  return { id, title, level, tags, ...(status !== undefined && { status }), references };
}

function alertId(hostId: string, ruleId: string, { id, logsource, ordinal }: SigmaEvent): string {
  // JSON marks where each part ends, whatever it holds, and tells an absent part (null) from an empty one.
  const { product, category, service } = logsource;
  const parts = [hostId, ruleId, id, product ?? null, category ?? null, service ?? null, ordinal ?? null];
  return hash('sha256', JSON.stringify(parts)).slice(0, 32);
}

/** The node that an audit event's id begins with: the host it happened on, which may have sent its log here. */
function nodeOf(eventId: string): string | undefined {
  return /^(\S+) \d+\.\d+:\d+$/.exec(eventId)?.[1];
}
