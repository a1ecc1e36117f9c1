/** What a line of a text log says about itself before its message; what it does not say is undefined. */
export interface SyslogHeader {
  /** Milliseconds since the epoch. */
  readonly timestampMs: number | undefined;
  readonly hostname: string | undefined;
  readonly program: string | undefined;
  readonly pid: string | undefined;
  /** Where the message begins; 0 without a program. */
  readonly messageStart: number;
}

/**
 * Reads how syslog daemons begin a line: `Nov 24 03:11:33 HOST PROGRAM[PID]: `, or the same with a time as RFC 3339 has
 * it. Of other lines the time is read where they begin with one, also as ctime(3) writes it (vsftpd, clamd).
 *
 * @param nowMs when the line was read: the classic stamp has no year, so it is the last such moment, or at most a day on
 * @see RFC 3164 section 4.1.1, RFC 3339 section 5.6
 */
export function readSyslogHeader(text: string, nowMs: number): SyslogHeader {
  const stamp = readStamp(text, nowMs);
  senderPattern.lastIndex = stamp?.end ?? 0;
  const sender = stamp?.isSyslogs ? senderPattern.exec(text) : null;
  return {
    timestampMs: stamp?.timestampMs,
    hostname: sender?.[1],
    program: sender?.[2],
    pid: sender?.[3],
    messageStart: sender ? senderPattern.lastIndex : 0,
  };
}

const senderPattern = / (\S{1,255}) ([^\s:[\]]{1,128})(?:\[(\d{1,10})\])?: ?/y;

interface Stamp {
  readonly timestampMs: number;
  readonly end: number;
  /** In a form that a syslog daemon writes, so a sender follows; not so of ctime(3) and `2026-11-24 03:11:33`. */
  readonly isSyslogs: boolean;
}

function readStamp(text: string, nowMs: number): Stamp | undefined {
  const first = text.charCodeAt(0);
  return first >= 0x30 && first <= 0x39 ? readRfc3339(text) : readClassic(text, nowMs);
}

const rfc3339 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?(?![\d:])/;

/** Without a zone it is local time. */
function readRfc3339(text: string): Stamp | undefined {
  const parts = rfc3339.exec(text);
  if (!parts) return undefined;
  const [all, date, time, fraction = '', zone = ''] = parts;
  const ms = fraction.slice(0, 3).padEnd(3, '0');
  const timestampMs = Date.parse(`${date}T${time}.${ms}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(timestampMs) ? undefined : { timestampMs, end: all.length, isSyslogs: text[10] === 'T' };
}

const classic = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?/;
const year = /^ (\d{4})\b/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function readClassic(text: string, nowMs: number): Stamp | undefined {
  const parts = classic.exec(text);
  const month = months.indexOf(parts?.[1] ?? '');
  if (!parts || month < 0) return undefined;
  const [all, , day, ...time] = parts;
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number);
  const at = (inYear: number): number | undefined => {
    const date = new Date(inYear, month, Number(day), hours, minutes, seconds);
    return date.getMonth() === month ? date.getTime() : undefined;
  };
  // ctime(3) begins with the day of the week and ends with the year.
  const isCtime = /^[A-Z][a-z]{2} [A-Z]/.test(all);
  const written = isCtime ? year.exec(text.slice(all.length)) : null;
  const timestampMs = written ? at(Number(written[1])) : lastBefore(at, nowMs);
  const end = all.length + (written?.[0].length ?? 0);
  return timestampMs === undefined ? undefined : { timestampMs, end, isSyslogs: !isCtime };
}

const dayMs = 86_400_000;

function lastBefore(at: (year: number) => number | undefined, nowMs: number): number | undefined {
  const next = new Date(nowMs).getFullYear() + 1;
  // February 29 may lie eight years back.
  for (let inYear = next; inYear > next - 10; inYear--) {
    const timestampMs = at(inYear);
    if (timestampMs !== undefined && timestampMs <= nowMs + dayMs) return timestampMs;
  }
  return undefined;
}
