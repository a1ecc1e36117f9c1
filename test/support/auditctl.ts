import { execFileSync } from 'node:child_process';

/** Why the kernel's audit rules cannot be asked for here; false where they can. */
export function reasonNotToAskAudit(): string | false {
  if (process.getuid?.() !== 0) return 'only root may';
  try {
    execFileSync('auditctl', ['-s'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'there is no auditctl that may';
  }
}
