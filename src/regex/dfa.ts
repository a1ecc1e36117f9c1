import type { Alphabet } from './alphabet.ts';
import { assertionTable, classesBehind } from './assertion-table.ts';
import { kind, type Nfa } from './nfa.ts';

/**
 * The deterministic automaton of a search, built where texts lead: a state is the set of those that the other one can
 * be in. What has been built is kept, up to a bound, and then all of it is forgotten.
 */
export interface Dfa {
  /** Next state by state plus symbol: states are multiplied by the alphabet's width. Another one after `build`. */
  readonly table: Int32Array;
  start(): number;
  build(state: number, symbol: number): number;
  /** Looks up or builds. */
  step(state: number, symbol: number): number;
  clear(): void;
  /** What building has cost until now, in visits to a state of the other automaton. */
  readonly steps: number;
}

/** No state, but a place in the table where none has been built. */
export const unbuilt = -1;
/** A match has been found; like every state below 0, it is the last. */
export const found = -2;
/** No match can come any more. */
const dead = -3;

/** What building costs for one character at most, in steps. */
export function mostSteps({ size }: Nfa): number {
  return 3 * size + buildingSteps;
}

/** What building costs beside visits to states. */
const buildingSteps = 8;

/** The character that follows is not known yet. */
const open = -1;

export function createDfa(nfa: Nfa, alphabet: Alphabet): Dfa {
  const { kinds, out, other, detail, size } = nfa;
  const { width, contains, none } = alphabet;
  const holds = assertionTable(nfa, alphabet);
  const behindClass = classesBehind(nfa, width, holds);
  const words = (size + 31) >> 5;
  const maxStates = Math.max(minStates, Math.floor(maxCells / Math.max(words, width)));

  let capacity = 0;
  let table: Int32Array = new Int32Array(0);
  let members: Uint32Array = new Uint32Array(0);
  // What stood before a state that waits for the next character, and open where it does not wait.
  let behind: Int32Array = new Int32Array(0);
  const states = new Map<string, number>();
  let startState = unbuilt;
  let timesCleared = 0;
  let restarts: boolean | undefined;
  let steps = 0;

  // One step's results.
  const here = new Uint32Array(words);
  const reached = new Uint32Array(words);
  const reachedBytes = Buffer.from(reached.buffer);
  const visited = new Uint32Array(size);
  let visit = 0;
  const stack = new Int32Array(size * 2 + 2);
  let waits = false;
  let matched = false;

  /** Puts into `into` what is reached from `from` without a character, between `before` and, where it is known, `next`. */
  function follow(from: number, before: number, next: number, into: Uint32Array): void {
    stack[0] = from;
    let height = 1;
    while (height > 0) {
      const state = stack[--height] ?? 0;
      if (visited[state] === visit) continue;
      visited[state] = visit;
      steps++;
      switch (kinds[state]) {
        case kind.character:
          into[state >> 5] = (into[state >> 5] ?? 0) | (1 << (state & 31));
          break;
        case kind.split:
          stack[height++] = other[state] ?? 0;
          stack[height++] = out[state] ?? 0;
          break;
        case kind.beside: {
          const assertion = detail[state] ?? 0;
          if (!nfa.assertions[assertion]?.ahead) {
            if (holds[assertion * width + before]) stack[height++] = out[state] ?? 0;
          } else if (next !== open) {
            if (holds[assertion * width + next]) stack[height++] = out[state] ?? 0;
          } else {
            into[state >> 5] = (into[state >> 5] ?? 0) | (1 << (state & 31));
            waits = true;
          }
          break;
        }
        default:
          matched = true;
      }
    }
  }

  function nextVisit(): void {
    if (visit === 0xffffffff) {
      visited.fill(0);
      visit = 0;
    }
    visit++;
  }

  /** Decides the assertions that a state waits with; what is left stands in `here`. */
  function decide(state: number, next: number): void {
    nextVisit();
    here.fill(0);
    const offset = (state / width) * words;
    const before = behind[state / width] ?? 0;
    for (let word = 0; word < words; word++) {
      for (let bits = members[offset + word] ?? 0; bits !== 0; bits &= bits - 1) {
        follow((word << 5) + 31 - Math.clz32(bits & -bits), before, next, here);
      }
    }
  }

  function build(state: number, symbol: number): number {
    matched = false;
    waits = false;
    steps += buildingSteps;
    const place = state / width;
    const decided = behind[place] !== open;
    if (decided) decide(state, symbol);
    if (!matched && symbol !== none) advance(decided ? here : members, decided ? 0 : place * words, symbol);
    const clears = timesCleared;
    const next = matched ? found : symbol === none ? dead : intern(symbol);
    // Where all was forgotten to make room, the state that it came from is gone too.
    if (clears === timesCleared) table[state + symbol] = next;
    return next;
  }

  function advance(from: Uint32Array, offset: number, symbol: number): void {
    nextVisit();
    reached.fill(0);
    for (let word = 0; word < words; word++) {
      for (let bits = from[offset + word] ?? 0; bits !== 0; bits &= bits - 1) {
        const state = (word << 5) + 31 - Math.clz32(bits & -bits);
        steps++;
        if (contains[(detail[state] ?? 0) * width + symbol]) follow(out[state] ?? 0, symbol, open, reached);
      }
    }
    // A match may begin anywhere.
    follow(nfa.start, symbol, open, reached);
  }

  /** The state that `reached` is. */
  function intern(symbol: number): number {
    const before = waits ? (behindClass[symbol] ?? 0) : open;
    const key = reachedBytes.toString('latin1') + String.fromCharCode(before + 1);
    const known = states.get(key);
    if (known !== undefined) return known;
    if (isEmpty(reached) && !mayRestart()) return dead;
    if (states.size >= maxStates) clear();
    const place = states.size;
    if (place >= capacity) grow();
    members.set(reached, place * words);
    behind[place] = before;
    table.fill(unbuilt, place * width, (place + 1) * width);
    states.set(key, place * width);
    return place * width;
  }

  /** Whether a match can begin behind any character at all, and not only where the text starts. */
  function mayRestart(): boolean {
    if (restarts !== undefined) return restarts;
    // Asked once, so it may not count: the next text would have more steps left.
    const stepsBefore = steps;
    const symbols = [...new Set(behindClass)].filter((symbol) => symbol !== none);
    restarts = symbols.some((symbol) => {
      nextVisit();
      matched = false;
      here.fill(0);
      follow(nfa.start, symbol, open, here);
      return matched || !isEmpty(here);
    });
    steps = stepsBefore;
    return restarts;
  }

  function grow(): void {
    capacity = Math.min(maxStates, Math.max(minStates, capacity * 2));
    table = enlarge(new Int32Array(capacity * width), table);
    members = enlarge(new Uint32Array(capacity * words), members);
    behind = enlarge(new Int32Array(capacity), behind);
  }

  function clear(): void {
    states.clear();
    startState = unbuilt;
    timesCleared++;
  }

  function buildStart(): number {
    matched = false;
    waits = false;
    nextVisit();
    reached.fill(0);
    follow(nfa.start, none, open, reached);
    return matched ? found : intern(none);
  }

  return {
    get table() {
      return table;
    },
    start: () => {
      if (startState === unbuilt) startState = buildStart();
      return startState;
    },
    build,
    step(state, symbol) {
      const next = table[state + symbol] ?? unbuilt;
      return next === unbuilt ? build(state, symbol) : next;
    },
    clear,
    get steps() {
      return steps;
    },
  };
}

function isEmpty(members: Uint32Array): boolean {
  return members.every((word) => word === 0);
}

function enlarge<Numbers extends Int32Array | Uint32Array>(larger: Numbers, before: Numbers): Numbers {
  larger.set(before);
  return larger;
}

const minStates = 16;
/** Of four bytes, for the states' sets and for their transitions each. */
const maxCells = 32 * 1024;
