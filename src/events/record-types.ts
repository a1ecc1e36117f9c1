/**
 * Whether a record of this type is an event on its own, so that nothing has to be waited for: user space's and the
 * daemon's messages, by the ranges of linux/audit.h and libaudit.h (1005, 1100 to 1299, 2000, 2100 to 2999).
 *
 * Not these, although auditd counts them as last records too: anomalies (1700 to 1799) and MAC_UNLBL_* to
 * MAC_CALIPSO_DEL (1406 to 1419), for the kernel may go on with SYSCALL under the same id.
 *
 * @see audit-userspace common/common.c audit_is_last_record
 */
export function standsAlone(type: string): boolean {
  const cached = cache.get(type);
  if (cached !== undefined) return cached;
  const alone = decide(type);
  if (cache.size >= 1024) cache.clear();
  // A copy: the type is a slice of the log's text, which it would keep in memory.
  cache.set(Buffer.from(type, 'latin1').toString('latin1'), alone);
  return alone;
}

const cache = new Map<string, boolean>();

/** Families of names that user space alone writes; ANOM_* has four kernel types among them. */
const families = /^(?:USER|DAEMON|CRYPTO|VIRT|RESP|SERVICE|SYSTEM|CRED|ACCT|GRP|ROLE|LABEL|DEV|ANOM)(?:_|$)/;
const others =
  /^(?:(?:ADD|DEL)_(?:USER|GROUP)|CH(?:GRP|USER)_ID|DAC_CHECK|FS_RELABEL|TEST|TRUSTED_APP|USYS_CONFIG|SOFTWARE_UPDATE|KERNEL)$/;
const kernelAnomalies = /^ANOM_(?:PROMISCUOUS|ABEND|LINK|CREAT)$/;

function decide(type: string): boolean {
  const unknown = /^UNKNOWN\[(\d+)\]$/.exec(type);
  if (unknown) {
    const number = Number(unknown[1]);
    return (number >= 1100 && number < 1300) || (number >= 2100 && number < 3000);
  }
  return others.test(type) || (families.test(type) && !kernelAnomalies.test(type));
}
