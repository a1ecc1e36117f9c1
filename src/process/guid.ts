import { createHash } from 'node:crypto';

/** A ProcessGuid as Sysmon writes them, the same whenever this host, pid and start are. */
export function createProcessGuid(hostId: string): (pid: number, startedMs: number) => string {
  return (pid, startedMs) => {
    const hex = createHash('sha1').update(`${hostId} ${pid} ${startedMs}`).digest('hex').toUpperCase();
    const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
    return `{${groups.join('-')}}`;
  };
}
