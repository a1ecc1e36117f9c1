import { isWithin } from './bounds.ts';
import { createEntries, type Entries, isAfter } from './entries.ts';
import type { Condition, Expression, Threshold } from './rule.ts';
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

/** One way for an expression to hold. */
export interface Alternative {
  readonly needs: ReadonlySet<string>;
  readonly lacks: ReadonlySet<string>;
}

/** The ways for an expression to hold, or, when `wanted` is false, not to hold; at most `maxAlternatives`, as parsed. */
export function alternatives(condition: Condition, wanted: boolean): readonly Alternative[] {
  switch (condition.kind) {
    case 'not':
      return alternatives(condition.of, !wanted);
    case 'selection':
      return [single(condition.name, wanted)];
    case 'quantifier': {
      const of = condition.names.map((name) => [single(name, wanted)]);
      return (condition.count === 'all') === wanted ? together(of) : of.flat();
    }
    case 'and':
    case 'or': {
      const of = condition.of.map((part) => alternatives(part, wanted));
      return (condition.kind === 'and') === wanted ? together(of) : of.flat().slice(0, maxAlternatives + 1);
    }
  }
}

/** More than that, and an expression over an order is refused. */
export const maxAlternatives = 256;

function single(name: string, wanted: boolean): Alternative {
  return wanted ? { needs: new Set([name]), lacks: new Set() } : { needs: new Set(), lacks: new Set([name]) };
}

/** Each way of the first with each of the second, and so on. */
function together(parts: readonly (readonly Alternative[])[]): readonly Alternative[] {
  let ways: readonly Alternative[] = [{ needs: new Set(), lacks: new Set() }];
  for (const part of parts) {
    ways = ways
      .flatMap((way) =>
        part.map(({ needs, lacks }) => ({
          needs: new Set([...way.needs, ...needs]),
          lacks: new Set([...way.lacks, ...lacks]),
        })),
      )
      .slice(0, maxAlternatives + 1);
  }
  return ways;
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
