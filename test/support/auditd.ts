import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const withAuditd = new URL('../../scripts/with-auditd', import.meta.url).pathname;

const auditRules = new URL('../../config/audit', import.meta.url).pathname;

/** Why tests with the kernel's audit cannot run here; false where they can. */
export const noAudit: string | false =
  process.geteuid?.() !== 0
    ? 'needs root'
    : spawnSync('auditctl', ['-s'], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } }).status !== 0
      ? 'the audit system cannot be reached'
      : false;

export interface Auditd {
  readonly logPath: string;
  /** Removes the rules, ends the auditd that was started, and puts the kernel's settings back. */
  stop(): Promise<void>;
}

/**
 * A real auditd with exec rules for one login uid. This process takes that login uid, and with it all that it starts
 * from then on, so nothing else on the host is recorded.
 *
 * @param rules files of config/audit that are loaded beside the exec rules
 * @param plugins files that auditd finds among its plugins
 * @param rotate `MB,N`: rotates its log at so many megabytes, and keeps N files
 */
export async function startAuditd(
  loginUid: number,
  rules: readonly string[] = [],
  plugins: readonly string[] = [],
  rotate = '64,4',
): Promise<Auditd> {
  writeFileSync('/proc/self/loginuid', String(loginUid));
  const options = [
    '--auid',
    String(loginUid),
    ...rules.flatMap((name) => ['--rules', `${auditRules}/${name}`]),
    ...plugins.flatMap((path) => ['--plugin', path]),
    '--rotate',
    rotate,
  ];
  const holder = spawn(withAuditd, [...options, 'sh', '-c', 'echo "$SIGMOND_AUDIT_LOG"; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  const stop = async (): Promise<void> => {
    // cat ends with its input, and with-auditd then undoes what it did; also when this process dies.
    holder.stdin.end();
    await ended;
  };
  const first = await Promise.race([once(createInterface(holder.stdout), 'line'), ended]);
  const logPath = String(first[0]);
  if (!logPath.startsWith('/')) throw new Error(`auditd could not be started: ${logPath}`);
  return { logPath, stop };
}
