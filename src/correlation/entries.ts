import type { Entry } from './timeline.ts';

/** Entries by time and order that come and go mostly at their ends, where that costs nothing much. */
export interface Entries {
  readonly length: number;
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** The first entry after this one, or of all; undefined where there is none. */
  after(entry: Entry | undefined): Entry | undefined;
}

export function createEntries(): Entries {
  const list: (Entry | undefined)[] = [];
  // Before it there is room for entries that come back.
  let start = 0;

  /** The place behind all that are not after the entry. */
  function placeAfter(entry: Entry): number {
    let from = start;
    let to = list.length;
    if (to === start || !isAfter(list[to - 1], entry)) return to;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (isAfter(list[middle], entry)) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  return {
    get length() {
      return list.length - start;
    },
    add(entry) {
      const at = placeAfter(entry);
      if (at === start && start > 0) list[--start] = entry;
      else if (at === list.length) list.push(entry);
      else list.splice(at, 0, entry);
    },
    remove(entry) {
      if (list[start] !== entry) {
        list.splice(placeAfter(entry) - 1, 1);
        return;
      }
      list[start++] = undefined;
      if (start < 32 || start * 2 < list.length) return;
      list.splice(0, start);
      start = 0;
    },
    after: (entry) => list[entry ? placeAfter(entry) : start],
  };
}

/** Whether the first comes after the other: in time, and at one time by arrival. */
export function isAfter(entry: Entry | undefined, other: Entry): boolean {
  if (!entry) return false;
  return entry.timeMs > other.timeMs || (entry.timeMs === other.timeMs && entry.order > other.order);
}
