import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the audit system of this host does for us. */
export interface AuditState {
  readonly log: 'readable' | 'missing' | 'denied';
  /** Architectures (`b64`, `b32`) whose execs the loaded rules record, all of them; undefined when only root may ask. */
  readonly execArchitectures: readonly string[] | undefined;
}

const run = promisify(execFile);
const auditctlTimeoutMs = 5000;

export async function readAuditState(logPath: string): Promise<AuditState> {
  return { log: await readability(logPath), execArchitectures: await readExecRules() };
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

/** Asks auditctl(8), which also lives where an ordinary PATH does not look. */
async function readExecRules(): Promise<readonly string[] | undefined> {
  for (const auditctl of ['auditctl', '/usr/sbin/auditctl', '/sbin/auditctl']) {
    try {
      const { stdout } = await run(auditctl, ['-l'], { timeout: auditctlTimeoutMs });
      return execArchitectures(stdout);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined;
    }
  }
  return [];
}

/**
 * Architectures of which every successful exec is recorded; a rule for some users or programs only does not count.
 *
 * @param rules what `auditctl -l` prints, one rule a line
 */
export function execArchitectures(rules: string): readonly string[] {
  const found = new Set<string>();
  for (const rule of rules.split('\n')) {
    // Processes that were started under this rule are never looked at (Fedora ships it).
    if (rule.trim() === '-a never,task') return [];
    if (!rule.startsWith('-a always,exit ')) continue;
    const calls = /-S (\S+)/.exec(rule)?.[1]?.split(',') ?? [];
    const conditions = [...rule.matchAll(/-[FC] (\S+)/g)].map(([, condition]) => condition ?? '');
    if (!calls.some((call) => call === 'all' || call === 'execve') || !conditions.every(letsAllPass)) continue;
    const architecture = conditions.find((condition) => condition.startsWith('arch='));
    found.add(architecture?.slice('arch='.length) ?? 'b64');
  }
  return [...found].sort();
}

function letsAllPass(condition: string): boolean {
  return condition === 'success=1' || condition.startsWith('arch=') || condition.startsWith('key=');
}
