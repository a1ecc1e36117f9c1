/** That an event matched a rule of a correlation. */
export interface Entry {
  readonly timeMs: number;
  /** Which came first, of entries of one time. */
  readonly order: number;
  /** The rule, by its place among the correlation's. */
  readonly member: number;
  /** Tells events apart, so that one that is read again is not counted again; undefined where all count. */
  readonly event: string | undefined;
  /** What is counted or added up of it. */
  readonly value: string | number | undefined;
}

/** What a correlation comes to over the entries of a window, which come and go at both ends, and in it when they are late. */
export interface Measure {
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** The count, sum and so on; of a condition over rules, how many of them are in the window. */
  value(): number;
  /** Whether the correlation's condition holds. */
  holds(): boolean;
}

/** The entries of a group by time and arrival, and a window over them. */
export interface Timeline {
  readonly entries: Entry[];
  /** Entries before this place are forgotten, and cut off later. */
  gone: number;
  /** The window holds the entries from this place on, */
  from: number;
  /** and those before this one. */
  to: number;
  /** All entries before this time may be forgotten. */
  forgottenToMs: number;
}

export function createTimeline(): Timeline {
  return { entries: [], gone: 0, from: 0, to: 0, forgottenToMs: Number.NEGATIVE_INFINITY };
}

export function sizeOf({ entries, gone }: Timeline): number {
  return entries.length - gone;
}

/**
 * Puts an entry in its place; the window takes it up where it stands within it.
 *
 * @returns again: the same event is there already; late: what is kept begins after it
 */
export function enter(timeline: Timeline, measure: Measure, entry: Entry): 'entered' | 'again' | 'late' {
  if (entry.timeMs < timeline.forgottenToMs) return 'late';
  const { entries } = timeline;
  const at = placeAfter(timeline, entry.timeMs);
  if (entry.event !== undefined && isThere(timeline, at, entry)) return 'again';
  if (at === entries.length) entries.push(entry);
  else entries.splice(at, 0, entry);
  if (at < timeline.from) {
    timeline.from++;
    timeline.to++;
  } else if (at < timeline.to) {
    timeline.to++;
    measure.add(entry);
  }
  return 'entered';
}

/** Moves the window to the entries of `endMs - timespanMs` to `endMs`, both included; as cheap as the way is short. */
export function moveTo(timeline: Timeline, measure: Measure, endMs: number, timespanMs: number): void {
  const { entries, gone } = timeline;
  const startMs = endMs - timespanMs;
  for (let next = entries[timeline.to]; next && next.timeMs <= endMs; next = entries[timeline.to]) {
    measure.add(next);
    timeline.to++;
  }
  while (timeline.to > gone) {
    const last = entries[timeline.to - 1];
    if (!last || last.timeMs <= endMs) break;
    timeline.to--;
    if (timeline.from <= timeline.to) measure.remove(last);
    else timeline.from = timeline.to;
  }
  while (timeline.from < timeline.to) {
    const first = entries[timeline.from];
    if (!first || first.timeMs >= startMs) break;
    timeline.from++;
    measure.remove(first);
  }
  while (timeline.from > gone) {
    const before = entries[timeline.from - 1];
    if (!before || before.timeMs < startMs) break;
    timeline.from--;
    measure.add(before);
  }
}

/** How many entries a window can hold at most that holds the start of this one and ends by `endMs`. */
export function mostBy(timeline: Timeline, endMs: number): number {
  return placeAfter(timeline, endMs) - timeline.from;
}

/** Forgets the oldest entry. Returns whether it was in the window. */
export function forgetOldest(timeline: Timeline, measure: Measure): boolean {
  const oldest = timeline.entries[timeline.gone];
  if (!oldest) return false;
  const inWindow = timeline.gone >= timeline.from && timeline.gone < timeline.to;
  if (inWindow) measure.remove(oldest);
  timeline.gone++;
  timeline.from = Math.max(timeline.from, timeline.gone);
  timeline.to = Math.max(timeline.to, timeline.gone);
  timeline.forgottenToMs = oldest.timeMs;
  cutOff(timeline);
  return inWindow;
}

/** Half of the list at a time, so that each entry is moved about once. */
function cutOff(timeline: Timeline): void {
  const { entries, gone } = timeline;
  if (gone < 32 || gone * 2 < entries.length) return;
  entries.splice(0, gone);
  timeline.from -= gone;
  timeline.to -= gone;
  timeline.gone = 0;
}

/** The place behind all entries of this time and before. */
function placeAfter({ entries, gone }: Timeline, timeMs: number): number {
  let after = entries.length;
  if (after === gone || (entries[after - 1]?.timeMs ?? 0) <= timeMs) return after;
  let before = gone;
  while (before < after) {
    const middle = (before + after) >>> 1;
    if ((entries[middle]?.timeMs ?? 0) <= timeMs) before = middle + 1;
    else after = middle;
  }
  return after;
}

function isThere({ entries, gone }: Timeline, after: number, { timeMs, member, event }: Entry): boolean {
  for (let at = after - 1; at >= gone; at--) {
    const other = entries[at];
    if (other?.timeMs !== timeMs) return false;
    if (other.event === event && other.member === member) return true;
  }
  return false;
}
