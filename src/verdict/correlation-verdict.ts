import type { Reason, RuleVerdict } from '../model/verdict.ts';
import type { Condition, LinkedCorrelation, Threshold } from '../sigma/rule.ts';
import { feedsOf } from '../sigma/taxonomy.ts';

/** A correlation can do what the rules that it counts can do. */
export function judgeCorrelation(
  { correlation, members }: LinkedCorrelation,
  verdicts: ReadonlyMap<string, RuleVerdict>,
): RuleVerdict {
  const { meta, condition, type, rules } = correlation;
  const judged = members.flatMap((id) => verdicts.get(id) ?? []);
  const counted = condition.kind === 'threshold' ? condition.fields : [];
  const unfed = (member: RuleVerdict): string | undefined =>
    Object.keys(member.meta.logsource).length === 0
      ? undefined
      : counted.find((field) => feedsOf(field, member.meta.logsource).length === 0);
  const canFire = (member: RuleVerdict) => member.verdict !== 'cannot-fire' && unfed(member) === undefined;
  const reasons = judged.flatMap((member): readonly Reason[] => {
    const field = unfed(member);
    const text = field === undefined ? member.reasons[0]?.text : `nothing here tells ${field}`;
    if (member.verdict === 'can-fire' && field === undefined) return [];
    const how = canFire(member) ? 'is degraded' : 'cannot be counted';
    return [{ kind: 'member', text: `the rule '${member.meta.title}' ${how}: ${text}`, values: [member.meta.id] }];
  });
  const able = judged.filter(canFire).length;
  const fires = (reference: string): boolean => {
    const index = rules.findIndex(({ to }) => to === reference);
    const member = verdicts.get(members[index] ?? '');
    return member !== undefined && canFire(member);
  };
  const enough =
    condition.kind === 'expression'
      ? canHold(condition.of, fires)
      : able >= (type === 'temporal' || type === 'temporal_ordered' ? neededBy(condition, judged.length) : 1);
  if (!enough) return { meta, verdict: 'cannot-fire', reasons };
  return { meta, verdict: reasons.length > 0 ? 'degraded' : 'can-fire', reasons };
}

/** The smallest number of rules that is within the bounds; all of them where none is. */
function neededBy({ bounds }: Threshold, all: number): number {
  const within = (count: number) => bounds.every(({ operator, number }) => comparisons[operator](count, number));
  for (let count = 1; count <= all; count++) if (within(count)) return count;
  return all;
}

const comparisons: Readonly<Record<Threshold['bounds'][number]['operator'], (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
};

/** That a rule does not fire is always possible. */
function canHold(node: Condition, fires: (reference: string) => boolean): boolean {
  switch (node.kind) {
    case 'and':
      return node.of.every((part) => canHold(part, fires));
    case 'or':
      return node.of.some((part) => canHold(part, fires));
    case 'not':
      return true;
    case 'selection':
      return fires(node.name);
    case 'quantifier':
      return node.count === 'all' ? node.names.every(fires) : node.names.some(fires);
  }
}
