import type { Alert } from '../model/alert.ts';
import { safeJson } from '../text/safe-json.ts';

/** Strings up to this length stay whole as long as that is possible: ids, hashes, timestamps, most paths. */
const wholeChars = 80;
/** The last resort, for alerts of thousands of short strings or of control characters only. */
const leastChars = 16;

/** The least that `shortenedJson` can be asked for, in bytes. */
export const leastJsonBytes = 3_000;

/**
 * An alert's native JSON in at most `maxBytes` of UTF-8 (not less than `leastJsonBytes`); always valid JSON.
 *
 * When it must be shortened it says `"shortened": true`, and the longest strings go first: all are cut to the same
 * length, the greatest that fits. Only where that is not enough, lists and fields are cut too.
 */
export function shortenedJson(alert: Alert, maxBytes: number): string {
  const whole = safeJson(alert);
  if (Buffer.byteLength(whole) <= maxBytes) return whole;

  const cut = (limits: Limits) => safeJson({ ...cutObject(alert, limits), id: alert.id, shortened: true });
  const fits = (limits: Limits) => Buffer.byteLength(cut(limits)) <= maxBytes;
  const items = [Number.POSITIVE_INFINITY, 256, 64, 16, 4].find((maxItems) => fits({ maxItems, maxChars: wholeChars }));
  if (items === undefined) return cut({ maxItems: 0, maxChars: leastChars });

  let [fitting, tooLong] = [wholeChars, maxBytes];
  while (tooLong - fitting > 1) {
    const maxChars = Math.floor((fitting + tooLong) / 2);
    if (fits({ maxItems: items, maxChars })) fitting = maxChars;
    else tooLong = maxChars;
  }
  return cut({ maxItems: items, maxChars: fitting });
}

/** A text of at most `maxChars`, then a mark that says how many characters are missing. */
export function shortenText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  // Half of a surrogate pair is no character.
  const end = /[\ud800-\udbff]/.test(text.charAt(maxChars - 1)) ? maxChars - 1 : maxChars;
  return `${text.slice(0, end)}…[+${text.length - end} characters]`;
}

interface Limits {
  readonly maxChars: number;
  /** Of a list, and of the objects whose keys come from rules and events. */
  readonly maxItems: number;
}

function cutValue(value: unknown, limits: Limits, openKeys: boolean): unknown {
  if (typeof value === 'string') return shortenText(value, limits.maxChars);
  if (Array.isArray(value)) return cutList(value, limits);
  if (typeof value === 'object' && value !== null) return cutObject(value, limits, openKeys);
  return value;
}

function cutList(list: readonly unknown[], limits: Limits): unknown[] {
  const kept = list.slice(0, limits.maxItems).map((item) => cutValue(item, limits, false));
  if (kept.length === list.length || typeof list[0] !== 'string') return kept;
  return [...kept, `…[+${list.length - kept.length} items]`];
}

/** Objects whose keys rules and events have chosen. */
const namedFromOutside = new Set(['fields', 'selections', 'groupBy']);

function cutObject(value: object, limits: Limits, openKeys = false): object {
  const entries = Object.entries(value).slice(0, openKeys ? limits.maxItems : undefined);
  return Object.fromEntries(
    entries.map(([key, entry]) => [
      openKeys ? shortenText(key, limits.maxChars) : key,
      cutValue(entry, limits, namedFromOutside.has(key)),
    ]),
  );
}
