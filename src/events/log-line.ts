import { hash } from 'node:crypto';
import type { EventFields, FieldValue, Logsource, SigmaEvent } from '../model/sigma-event.ts';
import { belongsTo } from './log-services.ts';
import { readSyslogHeader, type SyslogHeader } from './syslog-line.ts';
import { toText } from './text.ts';

/** A line of a text log; text is bytes as latin1. */
export interface LogLine {
  readonly text: string;
  /** Where it stands: a mark of the file's beginning, and the offset in it. */
  readonly origin: { readonly file: string; readonly offset: number };
  readonly readMs: number;
}

/** What the configuration says that a text log holds. */
export interface LogContent {
  readonly product: string;
  /** A file may hold the lines of several. */
  readonly services: readonly string[];
}

/**
 * Makes the function that turns a line into its events: one for each service that it belongs to, all with the same id and
 * content, or one without a service where it belongs to none. Lines of sigmond itself are none.
 */
export function createLogNormaliser({ product, services }: LogContent): (line: LogLine) => readonly SigmaEvent[] {
  const logsources = services.map((service) => ({ product, service }));
  const unclaimed: Logsource = { product };
  return (line) => {
    const header = readSyslogHeader(line.text, line.readMs);
    if (header.program === ownProgram) return [];
    const event = new LogLineEvent(line, header, unclaimed);
    const claiming = logsources.filter(({ service }) => belongsTo(service, header.program));
    return claiming.length === 0 ? [event] : claiming.map((logsource) => new LogLineEvent(line, header, logsource));
  };
}

/**
 * What sigmond writes to syslog, alerts and its own log, may come back in a file that it follows. An alert holds the words
 * that raised it, so it would raise another one, without end.
 */
const ownProgram = 'sigmond';

/** Makes fields and id when they are asked for: most lines are of no interest to any rule. */
class LogLineEvent implements SigmaEvent {
  readonly logsource: Logsource;
  readonly message: string;
  readonly timestampMs: number;
  readonly #line: LogLine;
  readonly #header: SyslogHeader;
  #fields: EventFields | undefined;

  constructor(line: LogLine, header: SyslogHeader, logsource: Logsource) {
    this.logsource = logsource;
    this.message = toText(line.text);
    this.timestampMs = header.timestampMs ?? line.readMs;
    this.#line = line;
    this.#header = header;
  }

  /** By content and place, so that it is the same in a rotated file or a copy, and another for an equal line elsewhere. */
  get id(): string {
    const { text, origin } = this.#line;
    return `log:${origin.file}:${origin.offset}:${hash('sha256', Buffer.from(text, 'latin1')).slice(0, 8)}`;
  }

  get fields(): EventFields {
    this.#fields ??= fieldsOf(this.#line.text, this.#header);
    return this.#fields;
  }
}

function fieldsOf(text: string, { hostname, program, pid, messageStart }: SyslogHeader): EventFields {
  const fields: Record<string, FieldValue> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value) fields[name] = toText(value);
  };
  const message = text.slice(messageStart);
  set('Hostname', hostname);
  set('ProgramName', program);
  set('ProcessId', pid);
  set('Message', message);
  if (program === 'sudo') for (const [name, value] of sudoFields(message)) set(name, value);
  return fields;
}

/**
 * What sudo logs of a command: `  eve : TTY=pts/0 ; PWD=/home/eve ; USER=root ; COMMAND=/bin/ls -l`. The command comes
 * last and may hold anything.
 *
 * @see sudoers(5), "Accepted command log entries"
 */
function sudoFields(message: string): readonly (readonly [name: string, value: string])[] {
  const commandStart = message.indexOf('COMMAND=');
  const before = commandStart < 0 ? message : message.slice(0, commandStart);
  const fields: [string, string][] = [];
  for (const part of before.split(/ [:;] /)) {
    const [, name, value] = /^([A-Z]{2,16})=(.*)$/.exec(part) ?? [];
    if (name !== undefined && value !== undefined) fields.push([name, value]);
  }
  if (commandStart >= 0) fields.push(['COMMAND', message.slice(commandStart + 'COMMAND='.length)]);
  return fields;
}
