import type { RuleMeta } from '../model/rule.ts';
import type { Detection, LinkedCorrelation, Rule } from './rule.ts';

/** Which rules read a field of the event, asked for a few fields again and again. */
export interface Readers {
  of(field: string): readonly RuleMeta[];
}

/** A rule also counts where a correlation groups by the field or counts it in what the rule matched. */
export function createReaders(rules: readonly Rule[], correlations: readonly LinkedCorrelation[]): Readers {
  const known = new Map<string, readonly RuleMeta[]>();
  return {
    of(field) {
      let readers = known.get(field);
      if (!readers) {
        const correlated = new Set(correlations.flatMap((linked) => membersRead(linked, field)));
        readers = rules
          .filter(({ meta, selections }) => correlated.has(meta.id) || [...selections.values()].some(readsIt(field)))
          .map(({ meta }) => meta);
        known.set(field, readers);
      }
      return readers;
    },
  };
}

function readsIt(field: string): (detection: Detection) => boolean {
  const reads = (detection: Detection): boolean =>
    detection.kind === 'item'
      ? detection.field === field ||
        detection.values.some(({ value }) => value.kind === 'fieldref' && value.field === field)
      : detection.of.some(reads);
  return reads;
}

/** Ids of the members whose events a correlation reads the field of, by its name or by an alias. */
function membersRead({ correlation, members, aliases }: LinkedCorrelation, field: string): readonly string[] {
  const { groupBy, condition } = correlation;
  const names = [...groupBy, ...(condition.kind === 'threshold' ? condition.fields : [])];
  return members.filter((id) => names.some((name) => (aliases.get(name)?.get(id) ?? name) === field));
}
