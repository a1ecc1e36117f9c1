import type { Alert } from '../model/alert.ts';
import type { Ancestor } from '../model/process.ts';
import type { Level } from '../model/rule.ts';
import { correlationWords } from '../text/correlation.ts';
import { visible } from '../text/visible.ts';
import { shortenText } from './shorten.ts';

const maxValueChars = 1_000;

/** SGR codes, see ECMA-48: severity is told by the word as well, so colour is never needed. */
const color: Readonly<Record<Level, string>> = {
  critical: '1;31',
  high: '31',
  medium: '33',
  low: '36',
  informational: '2',
};

/** An alert as people read it on a terminal: a headline, then a line each for what is known, then an empty line. */
export function alertText(alert: Alert, options: { readonly color: boolean }): string {
  const level = alert.severity.toUpperCase();
  const severity = options.color ? `\x1b[${color[alert.severity]}m${level}\x1b[0m` : level;
  const { fields } = alert.event;
  const field = (name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  const end = (name: string) => field(`${name}Ip`) && `${field(`${name}Ip`)} port ${field(`${name}Port`)}`;
  const lines: [string, unknown][] = [
    ['rule', [alert.rule.id, ...alert.rule.tags].join(' ')],
    ['because', alert.correlation && correlationWords(alert.correlation)],
    ['file', field('TargetFilename')],
    ['to', end('Destination')],
    ['from', end('Source')],
    ['message', field('Message')],
    ['image', field('Image')],
    ['command', field('CommandLine')],
    ['user', field('User')],
    ['tty', field('Tty')],
    ['parents', alert.ancestry.length > 0 ? alert.ancestry.map(parent).join(' ← ') : undefined],
    ['host', alert.host.name],
    ['alert', alert.id],
  ];
  const known = lines.filter(([, value]) => value !== undefined && value !== null);
  const headline = `${alert.timestamp} ${severity} ${printable(alert.rule.title)}`;
  return `${[headline, ...known.map(([name, value]) => `  ${name.padEnd(8)} ${printable(value)}`)].join('\n')}\n\n`;
}

function parent({ pid, image, commandLine, user }: Ancestor): string {
  return `${commandLine ?? image ?? '?'} (${[user, pid].filter((part) => part !== undefined).join(' ')})`;
}

function printable(value: unknown): string {
  return visible(shortenText(typeof value === 'string' ? value : JSON.stringify(value), maxValueChars));
}
