import type { Alert } from '../model/alert.ts';
import type { EventFields } from '../model/sigma-event.ts';
import { correlationWords } from '../text/correlation.ts';
import { visible } from '../text/visible.ts';

const whatWidth = 100;

export const tableHeader = row('TIME', 'LEVEL', 'RULE', 'USER', 'COMMAND');

/** An alert as one line for people; what came from the host is made harmless for a terminal. */
export function alertRow({ timestamp, severity, rule, event: { fields, argv }, correlation }: Alert): string {
  const event = argv?.join(' ') ?? whatHappened(fields);
  const what = correlation ? `${correlationWords(correlation)}: ${event}` : event;
  const shown = what.length > whatWidth ? `${what.slice(0, whatWidth)}…` : what;
  return row(timestamp, severity, rule.title, String(fields['User'] ?? ''), shown);
}

/** The command, the file or address with what wrote or reached it, the line of a log, or a name from an audit record. */
function whatHappened(fields: EventFields): string {
  const has = (name: string): boolean => Object.hasOwn(fields, name);
  const program = String(fields['CommandLine'] ?? fields['Image'] ?? '');
  if (has('TargetFilename')) return `${fields['TargetFilename']} (by ${program})`;
  if (has('DestinationIp')) return `to ${fields['DestinationIp']} port ${fields['DestinationPort']} (by ${program})`;
  if (has('SourceIp')) return `from ${fields['SourceIp']} port ${fields['SourcePort']} (to ${program})`;
  return String(fields['CommandLine'] ?? fields['Message'] ?? fields['name'] ?? fields['exe'] ?? fields['type'] ?? '');
}

function row(time: string, level: string, rule: string, user: string, what: string): string {
  const [safeRule = '', safeUser = '', safeWhat = ''] = [rule, user, what].map(visible);
  return `${time.padEnd(24)}  ${level.padEnd(13)}  ${safeRule.padEnd(44)}  ${safeUser.padEnd(10)}  ${safeWhat}`.trimEnd();
}
