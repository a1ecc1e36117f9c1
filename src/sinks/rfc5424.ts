import type { Alert } from '../model/alert.ts';
import type { Level } from '../model/rule.ts';
import { leastJsonBytes, shortenedJson, shortenText } from './shorten.ts';

/** The number that RFC 5424 keeps for examples: we have no private enterprise number of our own. */
const structuredDataId = 'sigmond@32473';
const appName = 'sigmond';
const msgId = 'alert';
const byteOrderMark = '\ufeff';
const nil = '-';
const maxParamChars = 128;

/** Syslog severities, RFC 5424 section 6.2.1: critical is 2, informational 6. */
const severity: Readonly<Record<Level, number>> = { critical: 2, high: 3, medium: 4, low: 5, informational: 6 };

export interface Rfc5424Options {
  /** 0 to 23, RFC 5424 section 6.2.1. */
  readonly facility: number;
  /** The process id of the agent, PROCID. */
  readonly pid: number;
  /** Bound of the whole message; not less than `leastMessageBytes`. */
  readonly maxBytes: number;
}

/** A header is at most 255 characters of host name, 3 parameters of 128 characters and their names. */
export const leastMessageBytes = leastJsonBytes + 2_500;

/**
 * An alert as a syslog message of RFC 5424, without framing: header, one SD-ELEMENT with `ruleId`, `level` and
 * `alertId`, then a byte order mark and the native JSON, shortened where `maxBytes` asks for it.
 */
export function encodeRfc5424(alert: Alert, { facility, pid, maxBytes }: Rfc5424Options): Buffer {
  const header = [
    `<${facility * 8 + severity[alert.severity]}>1`,
    timestamp(alert.timestamp),
    hostname(alert.host.name),
    appName,
    pid,
    msgId,
    structuredData({ ruleId: alert.rule.id, level: alert.severity, alertId: alert.id }),
  ].join(' ');
  const start = `${header} ${byteOrderMark}`;
  return Buffer.from(start + shortenedJson(alert, maxBytes - Buffer.byteLength(start)));
}

/** RFC 5424 is narrower than RFC 3339 and ISO 8601: years of four digits, at most six of fraction. */
function timestamp(text: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/.test(text) ? text : nil;
}

/** PRINTUSASCII, 1 to 255. */
function hostname(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, 255) || nil;
}

function structuredData(params: Readonly<Record<string, string>>): string {
  const written = Object.entries(params).map(([name, value]) => `${name}="${paramValue(value)}"`);
  return `[${[structuredDataId, ...written].join(' ')}]`;
}

/** Section 6.3.3: `"`, `\` and `]` are escaped. Controls are allowed, but help no receiver. */
function paramValue(value: string): string {
  return shortenText(value, maxParamChars)
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
    .replace(/["\\\]]/g, '\\$&');
}
