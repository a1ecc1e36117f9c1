import { readFileSync } from 'node:fs';

/** A process as what it is now: a stopped one (SIGSTOP) is there and does nothing. */
export type ProcessState = 'running' | 'stopped' | 'gone';

/**
 * Looks how a process is. One that has ended and waits for its parent is gone.
 *
 * @param root where proc(5) is mounted; with `hidepid` it may hide processes of other users
 * @returns undefined where that is hidden
 */
export function processState(pid: number, root = '/proc'): ProcessState | undefined {
  const stat = readIfThere(`${root}/${pid}/stat`);
  // The first process is always there.
  if (stat === undefined && readIfThere(`${root}/1/stat`) === undefined) return undefined;
  // comm may contain ')', so the last one counts (proc_pid_stat(5)).
  const letter = stat?.charAt(stat.lastIndexOf(')') + 2);
  if (letter === undefined || letter === 'Z' || letter === 'X') return 'gone';
  return letter === 'T' || letter === 't' ? 'stopped' : 'running';
}

/** auditd's pid as it has written it down, for those who may not ask the kernel. */
export function readAuditdPid(path = '/run/auditd.pid'): number | undefined {
  const pid = Number.parseInt(readIfThere(path) ?? '', 10);
  return pid > 0 ? pid : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    // A process may end while it is read.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
