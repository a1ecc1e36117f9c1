import type { CorrelationFacts, Stage } from '../model/rule-page.ts';
import { conditionText } from '../sigma/condition.ts';
import type { Correlation, Document, LinkedCorrelation } from '../sigma/rule.ts';

/** What a correlation's page has of its own. */
export function correlationParts(
  correlation: Correlation,
  links: readonly LinkedCorrelation[],
  documents: readonly Document[],
): { readonly stages: readonly Stage[]; readonly correlation: CorrelationFacts } {
  const linked = links.find((candidate) => candidate.correlation.meta.id === correlation.meta.id);
  const members = (linked?.members ?? []).flatMap((id) => documents.find(({ meta }) => meta.id === id) ?? []);
  return { stages: stagesOf(correlation, members), correlation: factsOf(correlation, members) };
}

/** The condition, then that of each rule that it is about. */
function stagesOf(correlation: Correlation, members: readonly Document[]): readonly Stage[] {
  return [
    { name: 'condition', predicate: correlationText(correlation) },
    ...members.map((member) => ({
      name: member.meta.title,
      predicate: member.kind === 'correlation' ? correlationText(member) : conditionText(member.condition),
    })),
  ];
}

function factsOf(correlation: Correlation, members: readonly Document[]): CorrelationFacts {
  const { type, groupBy, timespanMs, generate } = correlation;
  return {
    type,
    rules: members.map(({ meta: { id, title } }) => ({ id, title })),
    groupBy,
    timespanMs,
    condition: correlationText(correlation),
    generate,
  };
}

/** What has to be true within the time span, such as `value_count of User >= 10`. */
function correlationText({ type, condition }: Correlation): string {
  if (condition.kind === 'expression') return `${type} of ${conditionText(condition.of)}`;
  const { fields, bounds, percentile } = condition;
  const which = type === 'value_percentile' ? ` ${percentile}` : '';
  const of = type.startsWith('temporal') ? 'its rules' : fields.join(', ');
  const limits = bounds.map(({ operator, number }) => `${signs[operator]} ${number}`).join(' and ');
  return `${type}${which}${of === '' ? '' : ` of ${of}`} ${limits}`;
}

const signs = { lt: '<', lte: '<=', gt: '>', gte: '>=', eq: '=', neq: 'is not' } as const;
