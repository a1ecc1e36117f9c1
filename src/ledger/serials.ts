import { createSerialTimes } from './serial-times.ts';

/** Serials that did not come, both ends included, counted on over the wrap from 4294967295 to 0. */
export interface SerialRange {
  readonly from: number;
  readonly to: number;
}

/** What has to be known to go on counting in another process. */
export interface SerialState {
  /** Absent before the first record. */
  readonly highest?: number | undefined;
  /** Milliseconds since the epoch of the newest record. */
  readonly newestMs: number;
  readonly lost: number;
  readonly missing: readonly SerialRange[];
  /** Out of reach of `highest`: of a new boot or after a long absence, or nonsense. */
  readonly candidate?: Sighting | undefined;
}

export interface Sighting {
  readonly serial: number;
  readonly timestampMs: number;
}

/** Which serials of one host's audit events have come. */
export interface Serials {
  /** Takes the serial of a record; a second record of an event, or one that is read again, changes nothing. */
  take(serial: number, timestampMs: number): void;
  /** Called about once a second: what has been missing for several of these calls is lost. */
  tick(): void;
  /** Serials that are lost. May go down: a record may come after it was given up. */
  readonly lost: number;
  /** Serials that are missing and may still come. */
  readonly missing: number;
  /** Times that counting began anew: the host was started again, or a serial was out of reach of the one before. */
  readonly restarts: number;
  /** Ranges that were given up since this was called last; bounded, the newest stay. */
  takeLost(): readonly SerialRange[];
  snapshot(): SerialState;
}

/**
 * Records of different events interleave (one kernel queue for each CPU), and after trouble the kernel sends what it held
 * back: F30, F33. go-audit waits for 500 serials.
 */
const reorderSerials = 1000;
/** A quiet host sends nothing more that could tell: then time decides. Of a reader that was stopped only calls count. */
const patienceTicks = 3;
const maxMissingRanges = 1024;
const maxLostRanges = 64;
/** Serials of which the time is remembered, to know another boot by it; one that is further behind is of another boot. */
const maxBehind = 65_536;
/** The same for serials of which the time is not known: open events, closed ones behind them, and the kernel's queue. */
const maxBehindUnknown = 8192;
/** A record of an event that began earlier is no younger than the newest one, but for the clock's steps. */
const clockSlackMs = 5000;
/** More events than a host has: what is further ahead is no serial that follows. */
const maxEventsPerMs = 200;
/** A serial further ahead has to be agreed with before it is believed, and so has a time. */
const alwaysAhead = 100_000;
const maxLeapMs = 60_000;

interface Missing {
  readonly from: number;
  readonly to: number;
  readonly ticks: number;
}

/**
 * Finds gaps in the serials that the kernel gives to audit events.
 *
 * The kernel counts from 1 at each boot and wraps at 2^32. A serial that does not follow is only believed once the next
 * event agrees with it: a damaged line must not count for billions.
 *
 * @param state of an earlier run, which goes on here
 */
export function createSerials(state?: SerialState): Serials {
  let highest = state?.highest;
  let newestMs = state?.newestMs ?? 0;
  let lost = state?.lost ?? 0;
  let missing: Missing[] = (state?.missing ?? []).map(({ from, to }) => ({ from, to, ticks: 0 }));
  let lostRanges: SerialRange[] = [];
  let news: SerialRange[] = [];
  let restarts = 0;
  let candidate = state?.candidate;
  const times = createSerialTimes();
  let beforeMs = newestMs;

  function follow(serial: number, timestampMs: number, from: number): void {
    const ahead = distance(serial, from);
    if (ahead > 0) {
      if (ahead > 1) miss(from + 1, from + ahead - 1);
      times.passOver(serial, ahead);
      highest = from + ahead;
      while ((missing[0]?.to ?? highest) < highest - reorderSerials) giveUpFirst();
    } else if (ahead < 0 && !fill(from + ahead)) reclaim(from + ahead);
    times.note(serial, timestampMs);
    noteTime(timestampMs);
  }

  /** A damaged time would make all that comes after it look old. */
  function noteTime(timestampMs: number): void {
    const believedMs = timestampMs > newestMs + maxLeapMs ? Math.min(timestampMs, beforeMs) : timestampMs;
    if (believedMs > newestMs) newestMs = believedMs;
    beforeMs = timestampMs;
  }

  function miss(from: number, to: number): void {
    missing.push({ from, to, ticks: 0 });
    if (missing.length > maxMissingRanges) giveUpFirst();
  }

  function giveUpFirst(): void {
    const range = missing.shift();
    if (!range) return;
    const { from, to } = range;
    lost += to - from + 1;
    lostRanges = [...lostRanges.slice(1 - maxLostRanges), { from, to }];
    news = [...news.slice(1 - maxLostRanges), { from, to }];
  }

  function fill(serial: number): boolean {
    const place = missing.findIndex(({ from, to }) => from <= serial && serial <= to);
    const range = missing[place];
    if (!range) return false;
    missing.splice(place, 1, ...without(range, serial).map((part) => ({ ...part, ticks: range.ticks })));
    return true;
  }

  /** It was given up too early. */
  function reclaim(serial: number): void {
    const place = lostRanges.findIndex(({ from, to }) => from <= serial && serial <= to);
    const range = lostRanges[place];
    if (!range) return;
    lostRanges.splice(place, 1, ...without(range, serial));
    lost--;
  }

  function isInReach(serial: number, timestampMs: number, from: number): boolean {
    const ahead = distance(serial, from);
    if (ahead > 0) return ahead <= alwaysAhead;
    if (ahead <= -maxBehind) return false;
    const known = times.isOf(serial, timestampMs);
    if (known !== undefined) return known;
    if (missing.some(({ from: first, to }) => isIn(from + ahead, first, to))) return true;
    const isBelievable =
      ahead > -maxBehindUnknown || lostRanges.some(({ from: first, to }) => isIn(from + ahead, first, to));
    return isBelievable && timestampMs <= newestMs + clockSlackMs;
  }

  /** Two events agree on a serial: it follows after a long absence of the reader, or another boot has begun. */
  function believe({ serial, timestampMs }: Sighting, from: number): void {
    const ahead = distance(serial, from);
    const isGap = ahead > 0 && ahead <= (timestampMs - newestMs) * maxEventsPerMs;
    if (isGap) follow(serial, timestampMs, from);
    else startAnew(serial, timestampMs);
  }

  function startAnew(serial: number, timestampMs: number): void {
    // What the boot before still missed is lost with it.
    while (missing.length > 0) giveUpFirst();
    lostRanges = [];
    restarts++;
    begin(serial, timestampMs);
  }

  function begin(serial: number, timestampMs: number): void {
    times.clear();
    times.note(serial, timestampMs);
    highest = serial;
    newestMs = timestampMs;
    beforeMs = timestampMs;
  }

  return {
    take(serial, timestampMs) {
      if (highest === undefined) begin(serial, timestampMs);
      else if (isInReach(serial, timestampMs, highest)) {
        candidate = undefined;
        follow(serial, timestampMs, highest);
      } else if (candidate && isNext(serial, timestampMs, candidate)) {
        const first = candidate;
        candidate = undefined;
        believe(first, highest);
        follow(serial, timestampMs, highest);
      } else candidate = { serial, timestampMs };
    },
    tick() {
      missing = missing.map((range) => ({ ...range, ticks: range.ticks + 1 }));
      while ((missing[0]?.ticks ?? 0) > patienceTicks) giveUpFirst();
    },
    get lost() {
      return lost;
    },
    get missing() {
      return missing.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    },
    get restarts() {
      return restarts;
    },
    takeLost() {
      const taken = news;
      news = [];
      return taken;
    },
    snapshot: () => ({ highest, newestMs, lost, missing: missing.map(({ from, to }) => ({ from, to })), candidate }),
  };
}

/** How far a serial lies ahead of a counted-on one, over the wrap; negative behind it. */
function distance(serial: number, from: number): number {
  return (serial - from) | 0;
}

function isNext(serial: number, timestampMs: number, before: Sighting): boolean {
  const ahead = distance(serial, before.serial);
  return ahead !== 0 && Math.abs(ahead) <= reorderSerials && Math.abs(timestampMs - before.timestampMs) < maxLeapMs;
}

function isIn(serial: number, from: number, to: number): boolean {
  return from <= serial && serial <= to;
}

function without({ from, to }: SerialRange, serial: number): readonly SerialRange[] {
  return [
    { from, to: serial - 1 },
    { from: serial + 1, to },
  ].filter((part) => part.from <= part.to);
}
