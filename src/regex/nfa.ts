import { type CharacterSet, sourceOf } from './character-set.ts';
import { type Beside, partsOf, type Regular } from './tree.ts';

/**
 * A nondeterministic automaton (Thompson, 1968) in columns; states are numbers.
 *
 * `split` goes on at `out` and at `other`, `beside` at `out` where its assertion `detail` holds, `character` at `out`
 * behind a character of the set `detail`, and `match` is the end.
 */
export interface Nfa {
  readonly size: number;
  readonly start: number;
  readonly kinds: Uint8Array;
  readonly out: Int32Array;
  readonly other: Int32Array;
  readonly detail: Int32Array;
  readonly sets: readonly CharacterSet[];
  readonly assertions: readonly Beside[];
}

export const kind = { match: 0, character: 1, split: 2, beside: 3 } as const;

/** Builds it, of a tree without look-around and back-references that has no sizeProblem. */
export function buildNfa(root: Regular): Nfa {
  const kinds: number[] = [];
  const out: number[] = [];
  const other: number[] = [];
  const detail: number[] = [];
  const sets: CharacterSet[] = [];
  // By the object too: a class that is repeated is one object, and may be long.
  const placeOfSet = new Map<string | CharacterSet, number>();
  const assertions: Beside[] = [];

  function add(as: number, next: number, also = 0, about = 0): number {
    kinds.push(as);
    out.push(next);
    other.push(also);
    detail.push(about);
    return kinds.length - 1;
  }

  function numberOf(set: CharacterSet): number {
    const seen = placeOfSet.get(set);
    if (seen !== undefined) return seen;
    const source = sourceOf(set);
    const place = placeOfSet.get(source) ?? sets.push(set) - 1;
    placeOfSet.set(source, place).set(set, place);
    return place;
  }

  function numberOfAssertion(assertion: Beside): number {
    const known = assertions.indexOf(assertion);
    return known >= 0 ? known : assertions.push(assertion) - 1;
  }

  /** The state where the node begins that goes on at `next`. */
  function build(node: Regular, next: number): number {
    switch (node.kind) {
      case 'character':
        return add(kind.character, next, 0, numberOf(node.set));
      case 'beside':
        return add(kind.beside, next, 0, numberOfAssertion(node));
      case 'group':
        return build(node.of, next);
      case 'sequence':
        return node.of.reduceRight((following, part) => build(part, following), next);
      case 'alternatives':
        return node.of
          .map((part) => build(part, next))
          .reduceRight((following, alternative) => add(kind.split, alternative, following));
      case 'repeat':
        return repeat(node, next);
      default:
        throw new Error(`no automaton for a ${node.kind}`);
    }
  }

  function repeat({ of, min, max }: Extract<Regular, { kind: 'repeat' }>, next: number): number {
    let at = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = add(kind.split, 0, next);
      out[loop] = build(of, loop);
      // One or more begin with the first of the loop itself.
      at = min > 0 ? (out[loop] ?? 0) : loop;
      for (let copies = 1; copies < min; copies++) at = build(of, at);
      return at;
    }
    for (let copies = min; copies < max; copies++) at = add(kind.split, build(of, at), next);
    for (let copies = 0; copies < min; copies++) at = build(of, at);
    return at;
  }

  const match = add(kind.match, 0);
  const start = build(root, match);
  return {
    size: kinds.length,
    start,
    kinds: Uint8Array.from(kinds),
    out: Int32Array.from(out),
    other: Int32Array.from(other),
    detail: Int32Array.from(detail),
    sets,
    assertions,
  };
}

/** What is wrong with a tree that would make too large an automaton, known before any is made. */
export function sizeProblem(root: Regular): string | undefined {
  const states = statesOf(root);
  if (states > maxStates) {
    return `is too large: ${states} states where ${maxStates} are allowed; use fewer or smaller counts`;
  }
  return countSets(root) > maxSets ? `is too large: more than ${maxSets} different characters and classes` : undefined;
}

function countSets(root: Regular): number {
  const sources = new Set<string>();
  const left: Regular[] = [root];
  for (let node = left.pop(); node && sources.size <= maxSets; node = left.pop()) {
    if (node.kind === 'character' || node.kind === 'beside') sources.add(sourceOf(node.set));
    for (const part of partsOf(node)) left.push(part);
  }
  return sources.size;
}

/** How many states the node takes, at most; for every copy at least one, since making it takes time too. */
export function statesOf(node: Regular): number {
  switch (node.kind) {
    case 'group':
    case 'look':
      return statesOf(node.of);
    case 'repeat': {
      const copy = Math.max(1, statesOf(node.of));
      if (node.max === Number.POSITIVE_INFINITY) return Math.max(node.min, 1) * copy + 1;
      return node.max === 0 ? 0 : node.max * copy + node.max - node.min;
    }
    case 'sequence':
      return node.of.reduce((sum, part) => sum + statesOf(part), 0);
    case 'alternatives':
      return node.of.reduce((sum, part) => sum + statesOf(part) + 1, 0);
    default:
      return 1;
  }
}

const maxStates = 20_000;
const maxSets = 1000;
