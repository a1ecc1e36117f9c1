import type { RuleMeta } from '../model/rule.ts';
import type { Reason, RuleVerdict, Verdict } from '../model/verdict.ts';
import type { Rule, RuleCollection } from '../sigma/rule.ts';
import { kindsOf } from '../sigma/taxonomy.ts';
import { blockedBranches, fieldsLeftOut, isPinned } from './branches.ts';
import { judgeCorrelation } from './correlation-verdict.ts';
import { type Choices, canMatch } from './possible.ts';
import { type Facts, gather, type ListingReason, whyAbsent } from './reasons.ts';
import { recordingsOf } from './recordings.ts';
import { idealStreams, type Stream, streamsOf } from './streams.ts';
import type { Telemetry } from './telemetry.ts';
import { whyBlocked } from './why-blocked.ts';

/** Judges each rule, and after them each correlation, by what the host tells. */
export function judge(
  { rules, correlations }: Omit<RuleCollection, 'filters'>,
  telemetry: Telemetry,
): readonly RuleVerdict[] {
  const host: Host = {
    telemetry,
    recordings: recordingsOf(telemetry),
    ideal: idealStreams(telemetry),
    real: streamsOf(telemetry),
  };
  const verdicts = new Map(rules.map((rule) => [rule.meta.id, judgeRule(rule, host)]));
  for (const linked of correlations) verdicts.set(linked.correlation.meta.id, judgeCorrelation(linked, verdicts));
  return [...verdicts.values()];
}

interface Host extends Facts {
  readonly ideal: readonly Stream[];
  readonly real: readonly Stream[];
}

const noChoices: Choices = new Map();

function judgeRule(rule: Rule, host: Host): RuleVerdict {
  const { meta } = rule;
  const verdict = (name: Verdict, reasons: readonly (Reason | ListingReason)[]): RuleVerdict => ({
    meta,
    verdict: name,
    reasons: gather(reasons),
  });
  const real = forRule(rule, host.real);
  // A log of the user's may be of any product.
  const ideal = [...forRule(rule, host.ideal), ...real.filter(({ kind }) => kind.name === 'log')];
  if (ideal.length === 0) return verdict('cannot-fire', [foreign(meta)]);
  const matching = real.filter((stream) => canMatch(rule, stream, noChoices));
  const blocked = blockedBranches(rule, real).flatMap((choices) => whyBlocked(rule, choices, { ideal, real }, host));
  if (matching.length === 0) {
    const whole = whyBlocked(rule, noChoices, { ideal, real }, host);
    return verdict('cannot-fire', blocked.length > 0 ? blocked : whole);
  }
  const limits = [...blocked, ...limitsOf(rule, matching, host), ...fieldsLeftOut(rule, ideal)];
  if (limits.length > 0) return verdict('degraded', limits);
  return verdict('can-fire', matching.some(({ assumed, feed }) => !assumed && feed !== 'proc') ? [] : [unknown]);
}

/** The streams whose events the rule is evaluated on. */
function forRule({ meta: { logsource } }: Rule, streams: readonly Stream[]): readonly Stream[] {
  const kinds = kindsOf(logsource);
  const { product, category, service } = logsource;
  return streams.flatMap((stream): readonly Stream[] => {
    const { log } = stream;
    if (stream.kind.name !== 'log') return kinds.includes(stream.kind) ? [stream] : [];
    if (!log) {
      // Ideally there is a log of whatever the rule asks for.
      const asked = { product: product ?? stream.kind.product, services: service === undefined ? [] : [service] };
      return kinds.includes(stream.kind) ? [{ ...stream, log: asked }] : [];
    }
    const fits = category === undefined && (product === undefined || product === log.product);
    return fits && service !== 'auditd' && (service === undefined || log.services.includes(service)) ? [stream] : [];
  });
}

function foreign({ logsource: { product, category, service } }: RuleMeta): Reason {
  const named = [product, category, service].filter((part) => part !== undefined);
  return { kind: 'logsource', text: `sigmond makes no events of ${named.join('/')}`, values: named };
}

const unknown: Reason = {
  kind: 'unknown',
  text: 'the audit rules could not be asked for, which takes root; taken as if they recorded what is needed',
};

/** What makes a rule that can fire miss some of what it is for. */
function limitsOf(rule: Rule, matching: readonly Stream[], host: Host): readonly Reason[] {
  const kinds = new Set(matching.map(({ kind }) => kind.name));
  const ofLogs = forRule(rule, host.ideal).find(({ kind }) => kind.name === 'log');
  if (ofLogs && !kinds.has('log') && canMatch(rule, ofLogs, noChoices)) {
    const { text } = whyAbsent(ofLogs, host);
    return [{ kind: 'log', text: `${text}; only audit records are searched` }];
  }
  const applying = matching.map((stream) => ({
    stream,
    limits: stream.limits.filter((limit) => !isPinned(rule, limit)),
  }));
  if (applying.some(({ stream, limits }) => stream.feed !== 'proc' && limits.length === 0)) return [];
  const [limit] = applying.flatMap(({ limits }) => limits);
  if (limit) return [{ kind: 'audit-rule', text: `recorded for some only, by '${limit.by}'`, values: [limit.by] }];
  const ofAudit = host.ideal.find(({ kind, feed }) => kind.name === 'process_creation' && feed === 'audit');
  if (!ofAudit) return [];
  const why = whyAbsent(ofAudit, host);
  return [{ ...why, text: `${why.text}; programs that end between two looks at /proc are missed` }];
}
