import assert from 'node:assert/strict';
import type { AuditEvent, AuditRecord, Completion } from '../../src/model/audit.ts';
import { parseRecord } from '../../src/records/parse.ts';

export function record(line: string): AuditRecord {
  const parsed = parseRecord(line);
  assert.ok(!('torn' in parsed), line);
  return parsed;
}

/** A line of an event by its serial. */
export function line(serial: number, type: string, body: string, node?: string): string {
  return `${node === undefined ? '' : `node=${node} `}type=${type} msg=audit(1795489893.399:${serial}): ${body}`;
}

/** The event that lines of one id make. */
export function eventOf(lines: readonly string[], completedBy: Completion = 'proctitle'): AuditEvent {
  const records = lines.map(record);
  const [first] = records;
  assert.ok(first);
  return { id: first.id, key: first.key, records, completedBy };
}

export interface ExecParts {
  readonly serial?: number;
  readonly syscall?: string;
  readonly execve?: string;
  readonly cwd?: string;
  readonly proctitle?: string;
}

/** A successful exec as a RAW log has it; a part that is '' is left out. */
export function execLines({
  serial = 1,
  syscall = syscallBody(),
  execve = 'argc=2 a0="ls" a1="-l"',
  cwd = 'cwd="/root"',
  proctitle = 'proctitle=6C73002D6C',
}: ExecParts = {}): readonly string[] {
  const path = (item: number, name: string) => `item=${item} name="${name}" inode=1${item} dev=fe:00 nametype=NORMAL`;
  return [
    ['SYSCALL', syscall],
    ['EXECVE', execve],
    ['CWD', cwd],
    ['PATH', path(0, '/usr/bin/ls')],
    ['PATH', path(1, '/lib64/ld-linux-x86-64.so.2')],
    ['PROCTITLE', proctitle],
  ].flatMap(([type = '', body]) => (body ? [line(serial, type, body)] : []));
}

/** Fields of a SYSCALL record in the kernel's order, some of them changed. */
export function syscallBody(changes: Readonly<Record<string, string>> = {}, enriched = ''): string {
  const fields = {
    arch: 'c000003e',
    syscall: '59',
    success: 'yes',
    exit: '0',
    a0: '55d0',
    items: '2',
    ppid: '40',
    pid: '41',
    auid: '1000',
    uid: '0',
    gid: '0',
    euid: '0',
    tty: 'pts3',
    ses: '7',
    comm: '"ls"',
    exe: '"/usr/bin/ls"',
    key: '"exec"',
    ...changes,
  };
  const words = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return `${words.join(' ')}${enriched === '' ? '' : `\x1d${enriched}`}`;
}
