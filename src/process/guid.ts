/**
 * A ProcessGuid in the form that Sysmon has: the host, the start in milliseconds since the epoch and the pid, in hex, so
 * it is the same whenever these are, and no two processes of a host share one.
 */
export function createProcessGuid(hostId: string): (pid: number, startedMs: number) => string {
  const host = hostId.slice(0, 8).padEnd(8, '0').toUpperCase();
  return (pid, startedMs) => {
    const started = Math.round(startedMs).toString(16).padStart(12, '0').toUpperCase();
    const groups = [started.slice(0, 4), started.slice(4, 8), started.slice(8)];
    return `{${host}-${groups.join('-')}-${pid.toString(16).padStart(12, '0').toUpperCase()}}`;
  };
}
