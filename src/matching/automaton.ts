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
  readonly nodes: number;
  /** Child by node times width plus symbol, -1 for none; longer than the nodes need. */
  readonly children: Int32Array;
  /** What the needle that ends at a node carries; undefined where none does. */
  readonly carried: readonly (readonly number[] | undefined)[];
  add(spelled: readonly number[], carries: readonly number[]): void;
}

function createTrie(width: number): Trie {
  let children = new Int32Array(width * firstNodes).fill(-1);
  const carried: (readonly number[] | undefined)[] = [undefined];

  function addChild(place: number): number {
    const node = carried.length;
    if ((node + 1) * width > children.length) {
      const larger = new Int32Array(2 * children.length).fill(-1);
      larger.set(children);
      children = larger;
    }
    carried.push(undefined);
    children[place] = node;
    return node;
  }

  return {
    width,
    carried,
    get nodes() {
      return carried.length;
    },
    get children() {
      return children;
    },
    add(spelled, carries) {
      let node = 0;
      for (const symbol of spelled) {
        const place = node * width + symbol;
        const child = children[place] ?? -1;
        node = child < 0 ? addChild(place) : child;
      }
      carried[node] = union(carried[node], carries);
    },
  };
}

const firstNodes = 64;

function union(
  one: readonly number[] | undefined,
  other: readonly number[] | undefined,
): readonly number[] | undefined {
  if (!one || one.length === 0) return other;
  return other ? [...new Set([...one, ...other])] : one;
}

/** Completes the trie with the transitions of failed matches, breadth first, and numbers finding states last. */
function tabulate({ width, nodes, children, carried }: Trie, symbols: Uint8Array): Automaton {
  const next = children.subarray(0, nodes * width);
  const found = [...carried];
  const fallback = new Int32Array(nodes);
  const queue = new Int32Array(nodes);
  for (let at = 0, end = 1; at < end; at++) {
    const node = queue[at] ?? 0;
    const from = node * width;
    const failedFrom = (fallback[node] ?? 0) * width;
    for (let symbol = 0; symbol < width; symbol++) {
      const child = next[from + symbol] ?? -1;
      const failed = node === 0 ? 0 : (next[failedFrom + symbol] ?? 0);
      if (child < 0) {
        next[from + symbol] = failed;
      } else {
        fallback[child] = failed;
        found[child] = union(found[child], found[failed]);
        queue[end++] = child;
      }
    }
  }
  return renumber(next, width, found, symbols);
}

function renumber(
  next: Int32Array,
  width: number,
  found: readonly (readonly number[] | undefined)[],
  symbols: Uint8Array,
): Automaton {
  const finding = [...found.keys()].filter((node) => found[node] !== undefined);
  const order = [...found.keys()].filter((node) => found[node] === undefined).concat(finding);
  const place = new Int32Array(order.length);
  for (const [index, node] of order.entries()) place[node] = index * width;
  const table = new Int32Array(next.length);
  let to = 0;
  for (const node of order) {
    for (let from = node * width; from < (node + 1) * width; from++) table[to++] = place[next[from] ?? 0] ?? 0;
  }
  const root = place[0] ?? 0;
  return {
    next: table,
    width,
    firstFinding: (order.length - finding.length) * width,
    symbols,
    start: table[root + firstSymbol] ?? root,
    endSymbol: lastSymbol,
    found: finding.map((node) => Int32Array.from(found[node] ?? [])),
  };
}
