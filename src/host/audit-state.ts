import { access, constants } from 'node:fs/promises';
import { type AuditRule, readAuditRules } from './audit-rules.ts';
import type { RunProgram } from './run-program.ts';

/** What the audit system of this host does for us. */
export interface AuditState {
  readonly log: 'readable' | 'missing' | 'denied';
  /** Architectures (`b64`, `b32`) whose execs the loaded rules record, all of them; undefined when only root may ask. */
  readonly execArchitectures: readonly string[] | undefined;
}

export async function readAuditState(logPath: string, run?: RunProgram): Promise<AuditState> {
  const [log, rules] = await Promise.all([readability(logPath), readAuditRules(run)]);
  return { log, execArchitectures: rules && execArchitectures(rules) };
}

/** Whether a log can be read now. */
export async function readability(path: string): Promise<AuditState['log']> {
  try {
    await access(path, constants.R_OK);
    return 'readable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'denied' : 'missing';
  }
}

/** Whether there is a rule that records execs, be it of some users or programs only. */
export function hasExecRule(rules: readonly AuditRule[]): boolean {
  return rules.some(
    ({ list, action, calls, path }) =>
      list === 'exit' && action === 'always' && path === undefined && (calls === 'all' || calls.includes('execve')),
  );
}

/** Architectures of which every successful exec is recorded; a rule for some users or programs only does not count. */
export function execArchitectures(rules: readonly AuditRule[]): readonly string[] {
  const found = new Set<string>();
  for (const { list, action, calls, architecture, path, filters } of rules) {
    // Processes that were started under this rule are never looked at (Fedora ships it).
    if (list === 'task' && action === 'never' && filters.length === 0) return [];
    if (list !== 'exit' || action !== 'always' || path !== undefined) continue;
    if (calls !== 'all' && !calls.includes('execve')) continue;
    if (filters.every((filter) => filter === 'success=1')) found.add(architecture ?? 'b64');
  }
  return [...found].sort();
}
