/**
 * A ProcessGuid in the form that Sysmon has: the host, the start in milliseconds since the epoch and the pid, in hex, so
 * it is the same whenever these are, and no two processes of a host share one.
 */
export function createProcessGuid(hostId: string): (pid: number, startedMs: number) => string {
  const host = hostId.slice(0, 8).padEnd(8, '0').toUpperCase();
  return (pid, startedMs) => {
    const started = Math.round(startedMs);
    const low = started % wordValues;
    return `{${host}-${hex4((started - low) / wordValues)}-${hex4(low >>> 16)}-${hex4(low & 0xffff)}-${hex12(pid)}}`;
  };
}

const wordValues = 2 ** 32;
const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase());

function hex12(number: number): string {
  const low = number % wordValues;
  return `${hex4((number - low) / wordValues)}${hex4(low >>> 16)}${hex4(low & 0xffff)}`;
}

/** At least four digits; toString(16) takes five times as long for numbers above 32 bits. */
function hex4(number: number): string {
  return number > 0xffff ? number.toString(16).toUpperCase() : `${bytes[number >> 8]}${bytes[number & 0xff]}`;
}
