/**
 * A record as the kernel's own log has it while no daemon takes it, or as a syslog has one that was handed on, put into
 * the form of audit.log; undefined for what is no record.
 *
 * ```
 * audit: type=1300 audit(1.001:1): arch=…
 * Nov 24 03:11:33 web kernel: [   12.345678] audit: type=1400 audit(1.001:1): apparmor="DENIED" …
 * Nov 24 03:11:33 web audispd[7]: node=web type=SYSCALL msg=audit(1.001:1): arch=…
 * ```
 *
 * What stands before the record has to be a log's own: the rest of a torn line is text that others chose.
 *
 * @see kernel/audit.c kauditd_printk_skb; audit-userspace audisp/plugins/syslog
 */
export function toAuditdForm(line: string): string | undefined {
  const found = line.includes('audit(') ? form.exec(line) : null;
  if (!found?.groups) return undefined;
  const { node = '', type } = found.groups;
  return `${node}type=${type} msg=audit(${line.slice(found[0].length)}`;
}

/** Of a log that is no audit.log; longer ones are none. */
const form = new RegExp(
  // `<6>` or a priority, then the time, the host and the program of syslog, or the clock of dmesg.
  /^(?:<\d{1,3}>)?(?:[\w :.,+-]{0,96}\b(?:kernel|audit|audispd|audisp-syslog|auditd)(?:\[\d{1,9}\])?: )?/.source +
    /(?:\[ {0,12}\d{1,12}\.\d{1,9}\] )?(?:audit: )?/.source +
    /(?<node>node=[^ ]{1,255} )?type=(?<type>[A-Z0-9_[\]]{1,64}) (?:msg=)?audit\(/.source,
);
