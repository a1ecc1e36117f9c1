import { createCounters } from './host/counters.ts';
import type { SigmaEvent } from './model/sigma-event.ts';
import { createReplayPipeline } from './replay-pipeline.ts';
import { createRuleSet, type RuleSet } from './rule-set.ts';
import type { Sample, SampleEvent } from './sigma/parse-samples.ts';
import type { Report } from './sigma/report.ts';
import type { Correlation, Rule, RuleCollection } from './sigma/rule.ts';

export interface SampleRun {
  /** The events as they reached the rule. */
  readonly events: readonly SigmaEvent[];
  /** The first of them that the rule matched. */
  readonly matched: SigmaEvent | undefined;
}

/** Runs one sample against one rule, with nothing left over from another one; undefined, and reported, when it cannot. */
export function runSample(
  { given, at }: Sample,
  subject: Rule | Correlation,
  collection: RuleCollection,
  report: Report,
): SampleRun | undefined {
  const only = collectionOf(subject.meta.id, collection);
  if (!only) return report.error(at, `the rule '${subject.meta.id}' was left out, so that it cannot be tried`);
  const rules = createRuleSet(only);
  if ('events' in given) {
    const events = given.events.map(createToEvent(subject));
    const isMatched = (event: SigmaEvent) => rules.evaluate(event).some(({ rule }) => rule.id === subject.meta.id);
    return { events, matched: events.filter(isMatched)[0] };
  }
  const { torn, ...run } = replay(given.audit, rules, subject.meta.id);
  if (torn > 0)
    return report.error(at, `'audit' has ${torn} ${torn === 1 ? 'line that is' : 'lines that are'} no record`);
  if (run.events.length === 0) return report.error(at, "'audit' holds no event");
  return run;
}

function replay(audit: string, rules: RuleSet, id: string): SampleRun & { readonly torn: number } {
  const events: SigmaEvent[] = [];
  let matched: SigmaEvent | undefined;
  const counters = createCounters();
  const pipeline = createReplayPipeline({
    rules,
    agentVersion: '',
    counters,
    onEvent: (event) => void events.push(event),
    // An event is delivered right after it was seen.
    deliver: ({ rule }) => {
      if (rule.id === id) matched ??= events.at(-1);
    },
  });
  for (const line of audit.split('\n')) if (line !== '') pipeline.audit.line(line, 0);
  pipeline.audit.flush();
  return { events, matched, torn: counters.counter('audit_torn_records_total').value };
}

/** The rule and, for a correlation, all that feeds it. */
function collectionOf(id: string, { rules, correlations }: RuleCollection): RuleCollection | undefined {
  const wanted = new Set([id]);
  // What a correlation refers to stands before it.
  for (const { correlation, members } of correlations.toReversed()) {
    if (wanted.has(correlation.meta.id)) for (const member of members) wanted.add(member);
  }
  const kept = {
    rules: rules.filter(({ meta }) => wanted.has(meta.id)),
    correlations: correlations.filter(({ correlation }) => wanted.has(correlation.meta.id)),
    filters: [],
  };
  const isThere = [...kept.rules, ...kept.correlations.map(({ correlation }) => correlation)].some(
    ({ meta }) => meta.id === id,
  );
  return isThere ? kept : undefined;
}

/** An event without a time has that of the one before it. */
function createToEvent(subject: Rule | Correlation): (event: SampleEvent, index: number) => SigmaEvent {
  let latestMs = 0;
  return ({ fields, message, argv, logsource, timestampMs }, index) => {
    latestMs = timestampMs ?? latestMs;
    return {
      id: `sample:${index}`,
      timestampMs: latestMs,
      logsource: logsource ?? subject.meta.logsource,
      fields,
      ...(message !== undefined && { message }),
      ...(argv && { argv }),
    };
  };
}
