import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the audit system of this host does for us. */
export interface AuditState {
  readonly log: 'readable' | 'missing' | 'denied';
  /** Architectures (`b64`, `b32`) whose execs the loaded rules record; undefined when only root may ask. */
  readonly execArchitectures: readonly string[] | undefined;
}

const run = promisify(execFile);
const auditctlTimeoutMs = 5000;

export async function readAuditState(logPath: string): Promise<AuditState> {
  return { log: await readability(logPath), execArchitectures: await readExecRules() };
}

async function readability(path: string): Promise<AuditState['log']> {
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

/** @param rules what `auditctl -l` prints, one rule a line */
export function execArchitectures(rules: string): readonly string[] {
  const found = new Set<string>();
  for (const rule of rules.split('\n')) {
    if (!rule.startsWith('-a always,exit')) continue;
    const calls = /-S (\S+)/.exec(rule)?.[1]?.split(',') ?? [];
    if (!calls.some((call) => call === 'all' || call === 'execve')) continue;
    found.add(/-F arch=(\S+)/.exec(rule)?.[1] ?? 'b64');
  }
  return [...found].sort();
}
