/** Services of Sigma's taxonomy that are the log of one program, which may share a file with others. */
const programs: ReadonlyMap<string, RegExp> = new Map([
  // From OpenSSH 9.8 on the parts that talk to the client have names of their own.
  ['sshd', /^sshd(?:-session|-auth)?$/],
  ['sudo', /^sudo$/],
  ['cron', /^(?:crond?|CROND?|crontab|anacron|fcron|run-parts)(?:\(.*\))?$/],
  ['clamav', /^(?:clam[a-z]+|freshclam)(?:-daemon|-milter)?$/],
  ['vsftpd', /^vsftpd$/],
  ['guacamole', /^guac(?:d|amole)$/],
]);

/**
 * Whether a line belongs to a service: that of one program has that program's lines, and those that name no program, as
 * where it has a file of its own; any other, such as auth and syslog, has all lines.
 */
export function belongsTo(service: string, program: string | undefined): boolean {
  return program === undefined || (programs.get(service)?.test(program) ?? true);
}
