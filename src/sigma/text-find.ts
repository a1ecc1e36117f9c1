/** Where the text has what is sought, at or behind `from`, or -1. */
export type Find = (text: string, from: number) => number;

/**
 * Finds one text in others in time proportional to theirs.
 *
 * V8's own search is much faster, but for longer texts only as long as they do not repeat themselves: to find 500 a, a b
 * and 500 a in 2 MiB of a takes it half a second, and minutes where the rule is longer. Those are found as Knuth, Morris and
 * Pratt did (1977).
 */
export function createFind(sought: string): Find {
  if (sought.length <= maxNativeChars) return (text, from) => text.indexOf(sought, from);
  const borders = bordersOf(sought);
  return (text, from) => {
    let held = 0;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      while (held > 0 && sought.charCodeAt(held) !== code) held = borders[held - 1] ?? 0;
      if (sought.charCodeAt(held) === code) held++;
      if (held === sought.length) return at + 1 - held;
    }
    return -1;
  };
}

/** Whether a text has another one in it. */
export function createContains(sought: string): (text: string) => boolean {
  if (sought.length <= maxNativeChars) return (text) => text.includes(sought);
  const find = createFind(sought);
  return (text) => find(text, 0) >= 0;
}

/** V8 looks at the last 250 characters only to skip what it has seen (kBMMaxShift in string-search.h). */
const maxNativeChars = 250;

/** For each beginning of the text, the length of its longest other beginning that is its end too. */
function bordersOf(text: string): Int32Array {
  const borders = new Int32Array(text.length);
  let held = 0;
  for (let at = 1; at < text.length; at++) {
    while (held > 0 && text.charCodeAt(held) !== text.charCodeAt(at)) held = borders[held - 1] ?? 0;
    if (text.charCodeAt(held) === text.charCodeAt(at)) held++;
    borders[at] = held;
  }
  return borders;
}
