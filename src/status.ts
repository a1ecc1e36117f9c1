import { type Metric, toPrometheus } from './control/metrics.ts';
import { type Counters, labelled } from './host/counters.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { AgentStatus, CanaryStatus, SinkStatus, SourceStatus } from './model/status.ts';
import type { RuleStore } from './rules-store.ts';

export interface StatusParts {
  readonly agentVersion: string;
  readonly pid: number;
  readonly stateDir: string;
  readonly uptimeMs: () => number;
  readonly rules: RuleStore;
  readonly ledger: Pick<Ledger, 'totals' | 'sinceStart' | 'restarts'>;
  readonly counters: Counters;
  readonly sources: () => readonly SourceStatus[];
  readonly sinks: () => readonly SinkStatus[];
  readonly canary: () => CanaryStatus;
}

export function readStatus(parts: StatusParts): AgentStatus {
  const { rules, ledger, counters } = parts;
  return {
    version: parts.agentVersion,
    pid: parts.pid,
    stateDir: parts.stateDir,
    uptimeMs: Math.round(parts.uptimeMs()),
    rules: { loaded: rules.current.rules.length, rejected: rules.rejected, hash: rules.current.hash },
    events: { ...ledger.totals, sinceStart: ledger.sinceStart },
    alerts: { raised: counters.counter('alerts_raised_total').value, rolledUp: 0 },
    sources: parts.sources(),
    sinks: parts.sinks(),
    canary: parts.canary(),
  };
}

/** The same, and all counters, for Prometheus. */
export function readMetrics(parts: StatusParts): string {
  const { uptimeMs, rules, events, canary, sources, sinks } = readStatus(parts);
  const counter = (name: string, value: number): Metric => ({ name, value, type: 'counter' });
  return toPrometheus([
    gauge('uptime_seconds', uptimeMs / 1000),
    gauge('rules_loaded', rules.loaded),
    gauge('rules_rejected', rules.rejected),
    counter('exec_events_seen_total', events.seen),
    ...Object.entries(events.lostBy).map(([reason, value]) => gauge(labelled('exec_events_lost', { reason }), value)),
    gauge('audit_serial_restarts', parts.ledger.restarts),
    ...canaryMetrics(canary),
    ...sources.map(({ name, lagMs, path = '' }) =>
      gauge(labelled('source_lag_seconds', { source: name, path }), lagMs / 1000),
    ),
    ...sinks.map(({ name, pending }) => gauge(labelled('sink_pending', { sink: name }), pending)),
    ...Object.entries(parts.counters.read()).map(([name, value]) => counter(name, value)),
  ]);
}

function gauge(name: string, value: number): Metric {
  return { name, value, type: 'gauge' };
}

/** The times are those of canaries that have come back. */
function canaryMetrics({ state, lastMs, maxMs, ageMs }: CanaryStatus): readonly Metric[] {
  const times = { canary_latency_seconds: lastMs, canary_latency_max_seconds: maxMs, canary_age_seconds: ageMs };
  return [
    gauge('audit_blinded', state === 'lost' ? 1 : 0),
    ...Object.entries(times).flatMap(([name, ms]) => (ms === undefined ? [] : [gauge(name, ms / 1000)])),
  ];
}
