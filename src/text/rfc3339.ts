/**
 * Milliseconds since the epoch, with their fraction; undefined for what is no date and time of RFC 3339. A space may
 * stand for the T, and a time without a zone is UTC.
 */
export function parseTimestamp(text: string): number | undefined {
  const [, date = '', time = '', second = '', fraction = '', zone = ''] = pattern.exec(text) ?? [];
  if (date === '') return undefined;
  const atMinute = Date.parse(`${date}T${time}:00Z`);
  // Date takes 30 February for 2 March.
  if (Number.isNaN(atMinute) || !new Date(atMinute).toISOString().startsWith(date)) return undefined;
  // A leap second is the second after it (RFC 3339, section 5.7).
  return atMinute + Number(second) * 1000 + Number(`0${fraction}`) * 1000 - offsetMinutes(zone) * 60_000;
}

const pattern =
  /^(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/;

function offsetMinutes(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}
