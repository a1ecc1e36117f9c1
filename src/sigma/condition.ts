import type { Condition } from './rule.ts';

/** A condition as a rule would write it, with parentheses only where they are needed. */
export function conditionText(condition: Condition): string {
  return write(condition, 0);
}

/** Selections that a condition uses: those for which an even number of `not` stands before, and those with an odd one. */
export function namesOf(condition: Condition): { positive: ReadonlySet<string>; negative: ReadonlySet<string> } {
  const positive = new Set<string>();
  const negative = new Set<string>();
  const visit = (node: Condition, isPositive: boolean): void => {
    switch (node.kind) {
      case 'and':
      case 'or':
        for (const part of node.of) visit(part, isPositive);
        break;
      case 'not':
        visit(node.of, !isPositive);
        break;
      case 'selection':
        (isPositive ? positive : negative).add(node.name);
        break;
      case 'quantifier':
        for (const name of node.names) (isPositive ? positive : negative).add(name);
    }
  };
  visit(condition, true);
  return { positive, negative };
}

/** How tightly each kind binds. @see sigma-rules-specification.md, operator precedence */
const tightness = { or: 1, and: 2, not: 3, selection: 4, quantifier: 4 } as const;

function write(node: Condition, outer: number): string {
  const own = tightness[node.kind];
  const text = writeKind(node, own);
  return own < outer ? `(${text})` : text;
}

function writeKind(node: Condition, own: number): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.of.map((part) => write(part, own + 1)).join(` ${node.kind} `);
    case 'not':
      return `not ${write(node.of, own)}`;
    case 'selection':
      return node.name;
    case 'quantifier':
      return `${node.count === 'all' ? 'all' : '1'} of ${node.pattern}`;
  }
}
