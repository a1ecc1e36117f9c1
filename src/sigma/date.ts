import { decimal } from './value.ts';

/** @see sigma-appendix-modifiers.md, Time Modifiers */
export const dateParts = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type DatePart = (typeof dateParts)[number];

/**
 * The part of the date that a text stands for, in UTC; undefined where the text is no date.
 *
 * Dates are RFC 3339's, also with a space instead of the T, without a zone (then UTC) or without a time of day; and seconds
 * or milliseconds since 1970, which their size tells apart.
 */
export function datePartOf(text: string, part: DatePart): number | undefined {
  const timeMs = parseDate(text);
  return timeMs === undefined ? undefined : readers[part](new Date(timeMs));
}

/** Whether a date can have this number as its part. */
export function canBe(part: DatePart, number: number): boolean {
  const [from, to] = ranges[part];
  return Number.isInteger(number) && number >= from && number <= to;
}

const ranges: Readonly<Record<DatePart, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  // The specification says 52, and leaves out that ISO 8601 gives some years a week more.
  week: [1, 53],
  month: [1, 12],
  year: [0, 9999],
};

const readers: Readonly<Record<DatePart, (date: Date) => number>> = {
  minute: (date) => date.getUTCMinutes(),
  hour: (date) => date.getUTCHours(),
  day: (date) => date.getUTCDate(),
  week: isoWeek,
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

/** ISO 8601: weeks start on Monday, and the first of a year is the one that has the year's first Thursday. */
function isoWeek(date: Date): number {
  const sundayAs7 = date.getUTCDay() || 7;
  const thursday = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - sundayAs7);
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return 1 + Math.floor((thursday - newYear) / weekMs);
}

/** Milliseconds since 1970. */
function parseDate(text: string): number | undefined {
  const epoch = decimal(text);
  if (epoch !== undefined) {
    const timeMs = Math.abs(epoch) < firstMilliseconds ? epoch * 1000 : epoch;
    return timeMs >= earliestMs && timeMs <= latestMs ? timeMs : undefined;
  }
  const found = datePattern.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone = 'Z'] = found;
  const midnight = new Date(0);
  midnight.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDay = midnight.getUTCMonth() === Number(month) - 1 && midnight.getUTCDate() === Number(day);
  if (!isDay || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const offsetMs = zoneOffsetMs(zone);
  if (offsetMs === undefined) return undefined;
  // A leap second is still of its minute.
  const seconds = Math.min(Number(second), 59) + Number(`0.${fraction}`);
  return midnight.getTime() + (Number(hour) * 60 + Number(minute)) * minuteMs + seconds * 1000 - offsetMs;
}

const datePattern = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))?([Zz]|[+-]\d\d:?\d\d)?)?$/;

function zoneOffsetMs(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * minuteMs;
}

const minuteMs = 60_000;
const weekMs = 7 * 24 * 60 * minuteMs;
/** As milliseconds this is in 1973, as seconds in the year 5138. */
const firstMilliseconds = 1e11;
const earliestMs = Date.parse('0000-01-01T00:00:00Z');
const latestMs = Date.parse('9999-12-31T23:59:59.999Z');
