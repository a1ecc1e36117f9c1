/** Text to look for; already folded. `start` and `end`: only where the searched text starts, ends. */
export interface Needle {
  readonly text: string;
  readonly start: boolean;
  readonly end: boolean;
}

/**
 * Finds many needles in one pass over a text (Aho and Corasick, 1975), as one dense table of transitions.
 *
 * The ends of the text are symbols of their own, so that an anchored needle is an ordinary one. ASCII is folded on the way.
 * All other characters are one symbol: needles with them are found too often but never missed.
 */
export interface Automaton {
  /** Next state by state plus symbol; states are multiplied by `width`, and those from `firstFinding` on find needles. */
  readonly next: Int32Array;
  readonly width: number;
  readonly firstFinding: number;
  /** Symbol by ASCII code; the last is that of every other character. */
  readonly symbols: Uint8Array;
  /** The state after the text's start. */
  readonly start: number;
  readonly endSymbol: number;
  /** What the needles found at a state carry, from `firstFinding` on. */
  readonly found: readonly Int32Array[];
}

/** `carries[i]` is what `needles[i]` stands for; numbers that come in any order and more than once. */
export function buildAutomaton(needles: readonly Needle[], carries: readonly (readonly number[])[]): Automaton {
  const { symbols, count } = numberSymbols(needles);
  const trie = createTrie(count);
  for (const [index, needle] of needles.entries()) trie.add(spell(needle, symbols), carries[index] ?? []);
  return tabulate(trie, symbols);
}

/**
 * Calls `emit` with what each needle in the text carries; false when the text has a character that is not ASCII and the
 * search stopped there: such a text has to be folded before.
 */
export function searchAscii(automaton: Automaton, text: string, emit: (carried: Int32Array) => void): boolean {
  return text.length < minCopyChars || text.length > maxCopyChars
    ? searchText(automaton, text, other, emit)
    : searchBytes(automaton, encoder.encodeInto(text, bytes).written, emit);
}

/** Like searchAscii, for text of any characters that has been folded. */
export function searchFolded(automaton: Automaton, text: string, emit: (carried: Int32Array) => void): void {
  searchText(automaton, text, 0x10000, emit);
}

function searchText(automaton: Automaton, text: string, limit: number, emit: (carried: Int32Array) => void): boolean {
  const { next, symbols, firstFinding, endSymbol } = automaton;
  let state = automaton.start;
  if (state >= firstFinding) emitAt(automaton, state, emit);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= limit) return false;
    state = next[state + (symbols[Math.min(code, other)] ?? 0)] ?? 0;
    if (state >= firstFinding) emitAt(automaton, state, emit);
  }
  state = next[state + endSymbol] ?? 0;
  if (state >= firstFinding) emitAt(automaton, state, emit);
  return true;
}

/** The same over the bytes of an ASCII text. */
function searchBytes(automaton: Automaton, length: number, emit: (carried: Int32Array) => void): boolean {
  const { next, symbols, firstFinding, endSymbol } = automaton;
  let state = automaton.start;
  if (state >= firstFinding) emitAt(automaton, state, emit);
  for (let at = 0; at < length; at++) {
    const code = bytes[at] ?? 0;
    if (code >= other) return false;
    state = next[state + (symbols[code] ?? 0)] ?? 0;
    if (state >= firstFinding) emitAt(automaton, state, emit);
  }
  state = next[state + endSymbol] ?? 0;
  if (state >= firstFinding) emitAt(automaton, state, emit);
  return true;
}

// A line cut from a chunk is a view on it, and charCodeAt finds its way there anew for each character: measured, copying
// a line of 190 characters first takes two thirds of the time.
const encoder = new TextEncoder();
const minCopyChars = 64;
const maxCopyChars = 4096;
// Room for three bytes a character, so that the copy never ends before the character that is not ASCII.
const bytes = new Uint8Array(3 * maxCopyChars);

function emitAt({ found, firstFinding, width }: Automaton, state: number, emit: (carried: Int32Array) => void): void {
  const carried = found[(state - firstFinding) / width];
  if (carried) emit(carried);
}

const other = 0x80;
const firstSymbol = 1;
const lastSymbol = 2;

/** Symbol 0 is every character that no needle has; A to Z have the symbols of a to z. */
function numberSymbols(needles: readonly Needle[]): { symbols: Uint8Array; count: number } {
  const symbols = new Uint8Array(other + 1);
  let count = 3;
  for (const { text } of needles) {
    for (let at = 0; at < text.length; at++) {
      const code = Math.min(text.charCodeAt(at), other);
      if (symbols[code] === 0) symbols[code] = count++;
    }
  }
  for (let code = 0x41; code <= 0x5a; code++) symbols[code] = symbols[code + 0x20] ?? 0;
  return { symbols, count };
}

function spell({ text, start, end }: Needle, symbols: Uint8Array): number[] {
  const spelled = start ? [firstSymbol] : [];
  for (let at = 0; at < text.length; at++) spelled.push(symbols[Math.min(text.charCodeAt(at), other)] ?? 0);
  if (end) spelled.push(lastSymbol);
  return spelled;
}

interface Trie {
  readonly width: number;
  /** Child by node times width plus symbol, -1 for none. */
  readonly children: number[];
  readonly carried: Set<number>[];
  add(spelled: readonly number[], carries: readonly number[]): void;
}

function createTrie(width: number): Trie {
  const children: number[] = new Array(width).fill(-1);
  const carried = [new Set<number>()];
  return {
    width,
    children,
    carried,
    add(spelled, carries) {
      let node = 0;
      for (const symbol of spelled) {
        let child = children[node * width + symbol] ?? -1;
        if (child < 0) {
          child = carried.length;
          carried.push(new Set());
          for (let fill = 0; fill < width; fill++) children.push(-1);
          children[node * width + symbol] = child;
        }
        node = child;
      }
      for (const carry of carries) carried[node]?.add(carry);
    },
  };
}

/** Completes the trie with the transitions of failed matches, breadth first, and numbers finding states last. */
function tabulate({ width, children, carried }: Trie, symbols: Uint8Array): Automaton {
  const nodes = carried.length;
  const next = Int32Array.from(children);
  const fallback = new Int32Array(nodes);
  const queue = [0];
  for (const node of queue) {
    for (let symbol = 0; symbol < width; symbol++) {
      const child = next[node * width + symbol] ?? -1;
      const failed = node === 0 ? 0 : (next[(fallback[node] ?? 0) * width + symbol] ?? 0);
      if (child < 0) {
        next[node * width + symbol] = failed;
      } else {
        fallback[child] = failed;
        for (const carry of carried[failed] ?? []) carried[child]?.add(carry);
        queue.push(child);
      }
    }
  }
  return renumber(next, width, carried, symbols);
}

function renumber(next: Int32Array, width: number, carried: readonly Set<number>[], symbols: Uint8Array): Automaton {
  const order = [...carried.keys()].sort((a, b) => Number(finds(carried, a)) - Number(finds(carried, b)) || a - b);
  const place = new Int32Array(order.length);
  for (const [index, node] of order.entries()) place[node] = index * width;
  const table = new Int32Array(next.length);
  for (const [index, node] of order.entries()) {
    for (let symbol = 0; symbol < width; symbol++) {
      table[index * width + symbol] = place[next[node * width + symbol] ?? 0] ?? 0;
    }
  }
  const finding = order.filter((node) => finds(carried, node));
  const root = place[0] ?? 0;
  return {
    next: table,
    width,
    firstFinding: (order.length - finding.length) * width,
    symbols,
    start: table[root + firstSymbol] ?? root,
    endSymbol: lastSymbol,
    found: finding.map((node) => Int32Array.from(carried[node] ?? [])),
  };
}

function finds(carried: readonly Set<number>[], node: number): boolean {
  return (carried[node]?.size ?? 0) > 0;
}
