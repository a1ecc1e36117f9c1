/**
 * Milliseconds since the epoch, with their fraction; undefined for what is no date and time of RFC 3339. A space may
 * stand for the T, and a time without a zone is UTC.
 */
export function parseTimestamp(text: string): number | undefined {
  const parts = pattern.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = parts;
  const isLeap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  const days = month === '02' && !isLeap ? 28 : (daysOf[Number(month) - 1] ?? 0);
  if (day === '00' || Number(day) > days) return undefined;
  // Date.UTC takes years below 100 for those of the last century; the calendar repeats after 400 years. A leap second is
  // the second after it (RFC 3339, section 5.7).
  const wholeMs =
    Date.UTC(Number(year) + 400, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) -
    msOf400Years;
  const ms = fraction === undefined ? wholeMs : wholeMs + Number(fraction) * 1000;
  return zone === undefined ? ms : ms - offsetMinutes(zone) * 60_000;
}

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?(?:[Zz]|([+-](?:[01]\d|2[0-3]):?[0-5]\d))?$/;

const daysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const msOf400Years = 146_097 * 86_400_000;

function offsetMinutes(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}
