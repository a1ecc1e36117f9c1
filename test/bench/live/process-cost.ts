import { readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

/** Seconds of processor time that a process has used so far: utime and stime of proc_pid_stat(5). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
