/** What the kernel says of its audit system. @see auditctl(8) -s */
export interface AuditStatus {
  /** 0: nothing is recorded; 2: as 1, and locked until the next boot. */
  readonly enabled: number;
  /** Of auditd; 0 while none takes the records. */
  readonly pid: number;
  /** Records that the kernel has thrown away since it started, or since this was reset. */
  readonly lost: number;
  /** Records that wait for auditd. */
  readonly backlog: number;
  readonly backlogLimit: number;
}

/** @param printed by `auditctl -s`: one number a line, all in one line (`AUDIT_STATUS: enabled=1 …`) before audit 2.3 */
export function parseAuditStatus(printed: string): AuditStatus | undefined {
  const number = (name: string): number | undefined => {
    const [, digits] = new RegExp(`(?:^|\\s)${name}[ =](\\d+)(?:\\s|$)`, 'm').exec(printed) ?? [];
    return digits === undefined ? undefined : Number(digits);
  };
  const enabled = number('enabled');
  const pid = number('pid');
  const lost = number('lost');
  const backlog = number('backlog');
  const backlogLimit = number('backlog_limit');
  if (enabled === undefined || pid === undefined || lost === undefined) return undefined;
  return { enabled, pid, lost, backlog: backlog ?? 0, backlogLimit: backlogLimit ?? 0 };
}
