import { type Alphabet, buildAlphabet } from './alphabet.ts';
import { createDfa, type Dfa, found, mostSteps, unbuilt } from './dfa.ts';
import { buildNfa, type Nfa } from './nfa.ts';
import type { Regular } from './tree.ts';

/** `unknown`: not in the part of the text that was searched. */
export type Outcome = 'found' | 'absent' | 'unknown';

/**
 * Searches texts for a match anywhere, in time proportional to their length.
 *
 * A character costs at most some visits to each state. Texts that could cost more than `maxSteps` by that are
 * searched with a cache of states that is empty at first, and only until as many steps are done: so the same text always
 * gives the same answer, whatever was searched before.
 */
export function createSearch(root: Regular, ignoreCase: boolean): (text: string) => Outcome {
  let nfa: Nfa | undefined;
  let machine: Machine | undefined;

  function build(automaton: Nfa, far: boolean): Machine {
    const sets = [...automaton.sets, ...automaton.assertions.map(({ set }) => set)];
    const alphabet = buildAlphabet(sets, ignoreCase, far);
    return { alphabet, dfa: createDfa(automaton, alphabet) };
  }

  return (text) => {
    // Most rules are never asked.
    nfa ??= buildNfa(root);
    const bounded = text.length > maxSteps / mostSteps(nfa);
    if (!machine || (bounded && !machine.alphabet.far)) machine = build(nfa, bounded);
    const outcome = run(machine, text, bounded);
    if (outcome !== 'foreign') return outcome;
    machine = build(nfa, true);
    const again = run(machine, text, bounded);
    return again === 'foreign' ? 'unknown' : again;
  };
}

interface Machine {
  readonly alphabet: Alphabet;
  readonly dfa: Dfa;
}

/** `foreign`: the text has a character that the alphabet does not know. */
function run({ alphabet, dfa }: Machine, text: string, bounded: boolean): Outcome | 'foreign' {
  const { ascii, far, symbolOf } = alphabet;
  if (bounded) dfa.clear();
  const stepsAtMost = bounded ? dfa.steps + maxSteps : Number.POSITIVE_INFINITY;
  const end = Math.min(text.length, maxChars);
  const endsInNewline = end === text.length && text.charCodeAt(end - 1) === 0x0a;
  const bodyEnd = endsInNewline ? end - 1 : end;
  let state = dfa.start();
  // Building may put a larger table in its place.
  let { table } = dfa;
  for (let at = 0; at < bodyEnd && state >= 0; at++) {
    let symbol = text.charCodeAt(at);
    if (symbol < 0x80) {
      symbol = ascii[symbol] ?? 0;
    } else {
      if (!far) return 'foreign';
      const codePoint = text.codePointAt(at) ?? 0;
      if (codePoint > 0xffff) at++;
      symbol = symbolOf(codePoint);
    }
    const next = table[state + symbol] ?? 0;
    if (next !== unbuilt) {
      state = next;
      continue;
    }
    state = dfa.build(state, symbol);
    table = dfa.table;
    if (state >= 0 && dfa.steps > stepsAtMost) return 'unknown';
  }
  if (end < text.length && state >= 0) return 'unknown';
  if (endsInNewline && state >= 0) state = dfa.step(state, alphabet.lastNewline);
  if (state >= 0) state = dfa.step(state, alphabet.none);
  return state === found ? 'found' : 'absent';
}

/** Of 4 to 8 ns each. */
const maxSteps = 4_000_000;
/** As much as the kernel allows all arguments of a program together (2 MiB, a quarter of the stack's usual limit). */
const maxChars = 2 * 1024 * 1024;
