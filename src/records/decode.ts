/**
 * Fields that the kernel and audit's user space write quoted, or as upper-case hex without quotes when a byte is
 * below 0x21, above 0x7e or a quote (audit_string_contains_control in the kernel; the field dictionary of
 * audit-documentation marks them "encoded"). saddr is a structure, not text, and stays hex.
 */
const encodedFields = new Set(
  (
    'acct apparmor cgroup cmd comm cwd data device dir exe file grp invalid_context key name new-chardev new-disk ' +
    'new-fs new-net new-rng ocomm old-chardev old-disk old-fs old-net old-rng path proctitle profile root_dir sw vm ' +
    // auditd writes the names that it adds with ENRICHED the same way: an odd user name becomes hex.
    'watch AUID UID GID EUID SUID FSUID EGID SGID FSGID OUID OGID OAUID SAUID OLD-AUID ID OBJ_UID OBJ_GID'
  ).split(' '),
);

const evenHex = /^(?:[0-9A-F]{2})+$/;

/** Whether an unquoted value of this field may be hex for text; a0 to a3 of SYSCALL records are numbers. */
export function isEncodedField(type: string, key: string): boolean {
  if (encodedFields.has(key)) return true;
  return type === 'EXECVE' && isArgument(key);
}

/** `a0`, `a12[3]`, but not `argc` or `a12_len`. */
function isArgument(key: string): boolean {
  const second = key.charCodeAt(1);
  return key.charCodeAt(0) === 0x61 && second >= 0x30 && second <= 0x39 && !key.endsWith('_len');
}

/** Undoes the hex of an unquoted value; what is no even upper-case hex is literal (not every writer encodes). */
export function decodeUnquoted(value: string): string {
  return evenHex.test(value) ? Buffer.from(value, 'hex').toString('latin1') : value;
}
