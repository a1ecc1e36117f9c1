import type { Alert } from '../model/alert.ts';
import { visible } from '../text/visible.ts';

const commandWidth = 100;

export const tableHeader = row('TIME', 'LEVEL', 'RULE', 'USER', 'COMMAND');

/** An alert as one line for people; what came from the host is made harmless for a terminal. */
export function alertRow({ timestamp, severity, rule, event: { fields, argv } }: Alert): string {
  const command =
    argv?.join(' ') ?? String(fields['CommandLine'] ?? fields['name'] ?? fields['exe'] ?? fields['type'] ?? '');
  const shown = command.length > commandWidth ? `${command.slice(0, commandWidth)}…` : command;
  return row(timestamp, severity, rule.title, String(fields['User'] ?? ''), shown);
}

function row(time: string, level: string, rule: string, user: string, command: string): string {
  const [safeRule = '', safeUser = '', safeCommand = ''] = [rule, user, command].map(visible);
  return `${time.padEnd(24)}  ${level.padEnd(13)}  ${safeRule.padEnd(44)}  ${safeUser.padEnd(10)}  ${safeCommand}`.trimEnd();
}
