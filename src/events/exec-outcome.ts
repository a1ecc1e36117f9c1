import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import { endedRegularly, readArgv } from './argv.ts';

/** `whole`: all that tells what was started is there; `incomplete`: records or arguments are missing. */
export type ExecOutcome = 'whole' | 'incomplete';

/**
 * What came of an exec; undefined where the event is none, or tells that the kernel refused it.
 *
 * An event that has lost its head has neither SYSCALL nor EXECVE: what is left could be of another call too, and is taken
 * for an exec, as a serial that never came is.
 */
export function execOutcome(event: AuditEvent): ExecOutcome | undefined {
  const { records } = event;
  let syscall: AuditRecord | undefined;
  let execve: AuditRecord | undefined;
  let execves = 0;
  let headless = true;
  for (const record of records) {
    const { type } = record;
    if (type === 'SYSCALL') syscall ??= record;
    else if (type === 'EXECVE') {
      execve ??= record;
      execves++;
    } else if (!(type === 'CWD' || type === 'PATH' || type === 'PROCTITLE' || type === 'BPRM_FCAPS')) headless = false;
  }
  if (!execve) {
    if (!syscall) return headless && records.length > 0 ? 'incomplete' : undefined;
    const hasExecuted = isExec(syscall) && syscall.get('success') !== 'no' && !mayBeCheck(event, syscall);
    return hasExecuted ? 'incomplete' : undefined;
  }
  if (syscall?.get('success') === 'no') return undefined;
  if (!syscall) return 'incomplete';
  if (execves === 1 && holdsAllArguments(execve)) return 'whole';
  const all = records.filter(({ type }) => type === 'EXECVE');
  return readArgv(all, endedRegularly(event)).truncated ? 'incomplete' : 'whole';
}

/** One record that holds its last argument holds all of them, unless one is in pieces. */
function holdsAllArguments(execve: AuditRecord): boolean {
  const argc = execve.get('argc');
  if (argc === undefined || execve.cut || execve.text.includes('_len=')) return false;
  return Number(argc) > 0 && execve.get(`a${Number(argc) - 1}`) !== undefined && execve.get('a0') !== undefined;
}

/** Whether a system call is how programs are started. */
export function isExec(syscall: AuditRecord): boolean {
  const name = syscall.get('SYSCALL');
  return name === 'execve' || name === 'execveat';
}

/**
 * execveat with AT_EXECVE_CHECK (Linux 6.14) only asks whether a file may run. No record has the flag, but nothing was
 * executed, so there is no EXECVE, and Image is the caller's.
 *
 * @param syscall of an event without EXECVE
 * @see fs/exec.c bprm_execve; linux/audit.h audit_bprm
 */
export function mayBeCheck(event: AuditEvent, syscall: AuditRecord): boolean {
  return endedRegularly(event) && syscall.get('SYSCALL') === 'execveat' && syscall.get('exit') === '0';
}
