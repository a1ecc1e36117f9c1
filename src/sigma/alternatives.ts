import type { Condition } from './rule.ts';

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
