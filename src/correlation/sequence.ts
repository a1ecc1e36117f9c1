import { alternatives } from '../sigma/alternatives.ts';
import { isWithin } from '../sigma/bounds.ts';
import type { Expression, Threshold } from '../sigma/rule.ts';
import { createEntries, type Entries, isAfter } from './entries.ts';
import type { Entry, Measure } from './timeline.ts';

/**
 * Finds rules of `sequence` one after the other, by time and at one time by arrival. A threshold is for how many of them
 * come in order, at best; an expression holds when the rules of one of its alternatives come in order and those that it
 * negates are not there.
 *
 * @param sequence members in the order that is asked for; one may come again
 * @param memberOf the member that an expression calls so
 */
export function sequenceOf(
  sequence: readonly number[],
  condition: Threshold | Expression,
  memberOf: (to: string) => number,
): () => Measure {
  const ways = condition.kind === 'expression' ? waysOf(condition, sequence, memberOf) : [];
  return () => {
    const byMember = Array.from({ length: Math.max(...sequence) + 1 }, createEntries);
    const isThere = (member: number): boolean => (byMember[member]?.length ?? 0) > 0;
    const longest = (): number => longestChain(sequence, byMember);
    const holdsInOneWay = (): boolean =>
      ways.some(
        ({ chain, lacks }) =>
          !lacks.some(isThere) && chain.every(isThere) && longestChain(chain, byMember) === chain.length,
      );
    return {
      add: (entry) => byMember[entry.member]?.add(entry),
      remove: (entry) => byMember[entry.member]?.remove(entry),
      value: condition.kind === 'threshold' ? longest : () => byMember.filter(({ length }) => length > 0).length,
      holds: condition.kind === 'threshold' ? () => isWithin(longest(), condition.bounds) : holdsInOneWay,
    };
  };
}

function waysOf({ of }: Expression, sequence: readonly number[], memberOf: (to: string) => number) {
  return alternatives(of, true).map(({ needs, lacks }) => {
    const needed = new Set([...needs].map(memberOf));
    return { chain: sequence.filter((member) => needed.has(member)), lacks: [...lacks].map(memberOf) };
  });
}

/** How many of the sequence come one after the other, at best. */
function longestChain(sequence: readonly number[], byMember: readonly Entries[]): number {
  // The earliest end of a chain, by its length less one: what ends earlier can always be continued by more.
  const ends: Entry[] = [];
  for (const member of sequence) {
    for (let length = ends.length; length >= 0; length--) {
      const next = byMember[member]?.after(ends[length - 1]);
      const known = ends[length];
      if (next && (!known || isAfter(known, next))) ends[length] = next;
    }
  }
  return ends.length;
}
