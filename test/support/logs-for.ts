import type { Logsource } from '../../src/model/sigma-event.ts';
import type { Assignment } from './assignments.ts';
import { syscallBody } from './audit-lines.ts';
import { quoteOrHex } from './render-record.ts';

/** Lines as auditd and syslog daemons write them. */
export interface Logs {
  readonly audit: readonly string[];
  readonly log: readonly string[];
}

/** What the logs of a host would say of an event of this logsource with these fields; `''` is the message. */
export function linesFor({ category, service }: Logsource, fields: Assignment): Logs {
  if (category === 'process_creation') return { audit: processLines(fields), log: [] };
  if (category === 'file_event') return { audit: fileLines(fields), log: [] };
  if (category === 'network_connection') return { audit: connectionLines(fields), log: [] };
  if (service === 'auditd') return { audit: recordLines(fields), log: [] };
  return { audit: [], log: [logLine(service, fields)] };
}

const line = (serial: number, type: string, body: string): string =>
  `type=${type} msg=audit(1795489893.399:${serial}): ${body}`;

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const encoded = (text: string): string => quoteOrHex(latin1(text));

function execLines(serial: number, changes: Readonly<Record<string, string>>, commandLine: string, cwd: string) {
  return [
    line(serial, 'SYSCALL', syscallBody(changes)),
    line(serial, 'EXECVE', `argc=1 a0=${encoded(commandLine)}`),
    line(serial, 'CWD', `cwd=${encoded(cwd)}`),
    line(serial, 'PROCTITLE', 'proctitle="x"'),
  ];
}

function processLines(fields: Assignment): readonly string[] {
  const parent = { pid: '40', ppid: '1', exe: encoded(fields.get('ParentImage') ?? '/usr/bin/bash') };
  const child = { exe: encoded(fields.get('Image') ?? '/usr/bin/x'), uid: fields.get('LogonId') ?? '0' };
  return [
    ...execLines(1, parent, fields.get('ParentCommandLine') ?? 'bash', '/'),
    ...execLines(2, child, fields.get('CommandLine') ?? 'x', fields.get('CurrentDirectory') ?? '/root'),
  ];
}

function fileLines(fields: Assignment): readonly string[] {
  const name = fields.get('TargetFilename') ?? '/x';
  const call = {
    syscall: '257',
    a0: 'ffffff9c',
    a2: '41',
    exit: '3',
    exe: encoded(fields.get('Image') ?? '/usr/bin/x'),
  };
  return [
    line(1, 'SYSCALL', syscallBody(call)),
    line(1, 'CWD', 'cwd="/"'),
    line(1, 'PATH', `item=0 name=${encoded(name.startsWith('/') ? name : `/x${name}`)} nametype=CREATE`),
    line(1, 'PROCTITLE', 'proctitle="x"'),
  ];
}

function connectionLines(fields: Assignment): readonly string[] {
  const ip = (fields.get('DestinationIp') ?? '198.51.100.7').split('.').map(Number);
  const port = Buffer.alloc(2);
  port.writeUInt16BE(Number(fields.get('DestinationPort') ?? 443));
  const address = Buffer.from([2, 0, ...port, ...ip, 0, 0, 0, 0, 0, 0, 0, 0])
    .toString('hex')
    .toUpperCase();
  const call = { syscall: '42', exe: encoded(fields.get('Image') ?? '/usr/bin/x') };
  return [
    line(1, 'SYSCALL', syscallBody(call)),
    line(1, 'SOCKADDR', `saddr=${address}`),
    line(1, 'PROCTITLE', 'proctitle="x"'),
  ];
}

const syscallNumbers: Readonly<Record<string, string>> = {
  execve: '59',
  execveat: '322',
  memfd_create: '319',
  mknod: '133',
  personality: '135',
  socket: '41',
  sysinfo: '99',
  syslog: '103',
};

function recordLines(fields: Assignment): readonly string[] {
  const type = (fields.get('type') ?? usualType(fields)).toUpperCase();
  const others = new Map([...fields].filter(([name]) => name !== 'type' && name !== ''));
  const end = line(1, 'PROCTITLE', 'proctitle="x"');
  if (type === 'EXECVE') return [line(1, type, argumentsOf(fields)), end];
  if (type === 'SYSCALL') {
    const name = others.get('SYSCALL');
    others.delete('SYSCALL');
    const texts = [...others].map(([field, value]) => [field, isNumber(field) ? value : encoded(value)]);
    const call = { ...(name !== undefined && { syscall: syscallNumbers[name] ?? name }), ...Object.fromEntries(texts) };
    return [line(1, type, syscallBody(call)), end];
  }
  const words = [...others].map(([field, value]) => `${field}=${field === 'nametype' ? value : encoded(value)}`);
  const message = fields.get('');
  if (message !== undefined) words.push(`data=${encoded(message)}`);
  return [line(1, type, words.join(' ')), end];
}

/** Where a rule names no type. */
function usualType(fields: Assignment): string {
  return [...fields.keys()].some((name) => name === '' || /^a\d$/.test(name)) ? 'EXECVE' : 'SYSCALL';
}

/** Registers and ids, which are not quoted. */
function isNumber(field: string): boolean {
  return /^a\d$|id$/.test(field);
}

function argumentsOf(fields: Assignment): string {
  const places = [...fields.keys()].flatMap((name) => (/^a\d+$/.test(name) ? Number(name.slice(1)) : []));
  const argv = Array.from({ length: Math.max(-1, ...places) + 1 }, (_, place) => fields.get(`a${place}`) ?? 'x');
  argv.push(...(fields.get('') ?? '').split(' ').filter(Boolean));
  return `argc=${argv.length} ${argv.map((argument, place) => `a${place}=${encoded(argument)}`).join(' ')}`;
}

function logLine(service: string | undefined, fields: Assignment): string {
  const words = [...fields].filter(([name]) => name !== '').map(([name, value]) => `${name}=${value}`);
  const text = [...words, fields.get('') ?? ''].join(' ; ');
  return `Nov 24 03:11:33 web-1 ${service ?? 'app'}[1]: ${latin1(text)}`;
}
