import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecord } from '../../src/model/audit.ts';
import { parseRecord } from '../../src/records/parse.ts';

interface Row {
  readonly name: string;
  readonly line: string;
  readonly type?: string;
  readonly key?: string;
  readonly torn?: string;
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly cut?: boolean;
}

const id = 'msg=audit(1795489893.399:14906)';
const execId = '1795489893.399:14906';
const ruleFields = 'argc=5 a0="useradd" a1="-u" a2="3005" a3="ABBA" a4=61206220C3A9';

const rows: readonly Row[] = [
  {
    name: 'F1 node= comes before the type and is part of the key',
    line: `node=web-1 type=SYSCALL ${id}: arch=c000003e syscall=59`,
    type: 'SYSCALL',
    key: `web-1 ${execId}`,
    fields: { arch: 'c000003e', syscall: '59' },
  },
  {
    name: 'F2 a type without a name is a type',
    line: `type=UNKNOWN[1420] ${id}: subj_apparmor=unconfined`,
    type: 'UNKNOWN[1420]',
    fields: { subj_apparmor: 'unconfined' },
  },
  {
    name: 'F2 a type that nobody knows yet is a type',
    line: `type=LANDLOCK_ACCESS ${id}: domain=195ba459b blockers=fs.refer`,
    type: 'LANDLOCK_ACCESS',
    fields: { domain: '195ba459b', blockers: 'fs.refer' },
  },
  { name: 'F3 the key is the whole id', line: `type=CWD ${id}: cwd="/"`, key: execId, fields: { cwd: '/' } },
  { name: 'F4 two spaces after the id', line: `type=CWD ${id}:  cwd="/root"`, fields: { cwd: '/root' } },
  { name: 'F5 an EOE with a blank at its end', line: `type=EOE ${id}: `, type: 'EOE', fields: {} },
  { name: 'F5 an EOE without', line: `type=EOE ${id}:`, type: 'EOE', fields: {} },
  {
    name: 'F7 text of another record in the middle',
    line: `type=DAEMON_END ${id}: op=terminate auid=0 pid=123 subj=89893.1:6): pid=9 uid=0 msg='op=PAM:close acct="joe"' res=success`,
    fields: { op: 'terminate', pid: '123', uid: '0', acct: 'joe', res: 'success' },
  },
  { name: 'F7 a record without an id', line: 'type=UNKNOWN[1329] msg=g', torn: 'no-id' },
  { name: 'F7 a record that stops in its id', line: 'type=CWD msg=audit(1795489893.399', torn: 'bad-id' },
  { name: 'F7 an id without milliseconds', line: 'type=CWD msg=audit(1795489893:14906): cwd="/"', torn: 'bad-id' },
  { name: 'F7 an id that is not decimal', line: 'type=CWD msg=audit(17954898x3.399:14906): cwd="/"', torn: 'bad-id' },
  { name: 'F7 an id with five digits of milliseconds', line: 'type=CWD msg=audit(1.39999:1): ', torn: 'bad-id' },
  { name: 'F7 an id with an endless serial', line: `type=CWD msg=audit(1.399:${'9'.repeat(40)}): `, torn: 'bad-id' },
  { name: 'F7 an id without a serial', line: 'type=CWD msg=audit(1.399:): ', torn: 'bad-id' },
  { name: 'F7 a type without its name', line: `type= ${id}: cwd="/"`, torn: 'no-type' },
  { name: 'F7 an empty line', line: '', torn: 'no-type' },
  { name: 'F7 only a node', line: 'node=web-1', torn: 'no-type' },
  { name: 'F7 NULs of a lost block before a record', line: `\0\0\0type=CWD ${id}: cwd="/"`, fields: { cwd: '/' } },
  {
    name: "F8 the kernel's log has types as numbers",
    line: 'audit: type=1300 audit(1795489893.399:14906): arch=c000003e syscall=59',
    type: 'SYSCALL',
    fields: { arch: 'c000003e', syscall: '59', SYSCALL: 'execve' },
  },
  {
    name: 'F8 as syslog has it',
    line: 'Nov 24 03:11:33 web-1 kernel: [   12.345678] audit: type=1309 audit(1795489893.399:14906): argc=1 a0=6C73',
    type: 'EXECVE',
    fields: { argc: '1', a0: 'ls' },
  },
  {
    name: 'F8 as dmesg has it',
    line: '[   12.345678] audit: type=1400 audit(1795489893.399:14906): apparmor="DENIED" operation="open"',
    type: 'AVC',
    fields: { apparmor: 'DENIED', operation: 'open' },
  },
  {
    name: "F8 handed on to syslog by auditd's plugin",
    line: '2026-11-24T03:11:33+00:00 web audispd[7]: node=web type=CWD msg=audit(1795489893.399:14906): cwd="/"',
    type: 'CWD',
    key: 'web 1795489893.399:14906',
    fields: { cwd: '/' },
  },
  {
    name: 'F8 a number in the form of auditd',
    line: `type=1327 ${id}: proctitle="ls"`,
    type: 'PROCTITLE',
    fields: { proctitle: 'ls' },
  },
  { name: 'F8 a number without a name', line: `type=1999 ${id}: x=1`, type: 'UNKNOWN[1999]', fields: { x: '1' } },
  {
    name: 'F8 the rest of a torn line is no record, whatever it says',
    line: `op="x; type=SYSCALL ${id}: arch=c000003e`,
    torn: 'no-type',
  },
  {
    name: 'F9 quoted is literal, also where it looks like hex',
    line: `type=EXECVE ${id}: ${ruleFields}`,
    fields: { a2: '3005', a3: 'ABBA' },
  },
  {
    name: 'F9 unquoted is hex for any byte',
    line: `type=EXECVE ${id}: ${ruleFields}`,
    fields: { argc: '5', a4: 'a b \xc3\xa9' },
  },
  {
    name: 'F9 a newline in an argument makes no record',
    line: `type=EXECVE ${id}: argc=1 a0=780A747970653D5359534341 a1="a1=evil"`,
    fields: { a0: 'x\ntype=SYSCA', a1: 'a1=evil' },
  },
  {
    name: 'F9 apostrophes, backslashes, braces and equals signs are not encoded',
    line: `type=EXECVE ${id}: argc=2 a0="it's\\{a=b(" a1="{"`,
    fields: { a0: "it's\\{a=b(", a1: '{' },
  },
  {
    name: 'F10 a0 of SYSCALL is a number, never text',
    line: `type=SYSCALL ${id}: a0=616263 a1=7F`,
    fields: { a0: '616263', a1: '7F' },
  },
  {
    name: 'F10 mode, dev, inode and saddr stay as they are',
    line: `type=PATH ${id}: item=0 name=2F746D702F612062 inode=22 dev=00:01 mode=0100755 saddr=0200`,
    fields: { name: '/tmp/a b', inode: '22', dev: '00:01', mode: '0100755', saddr: '0200' },
  },
  {
    name: 'F11 (null) and ? without quotes are unknown',
    line: `type=PATH ${id}: name=(null) cap_fe=? key=(null) tty=(none) auid=4294967295`,
    fields: { name: undefined, cap_fe: undefined, key: undefined, tty: '(none)', auid: '4294967295' },
  },
  {
    name: 'F11 in quotes they are arguments',
    line: `type=EXECVE ${id}: a0="(null)" a1="?" a2=""`,
    fields: { a0: '(null)', a1: '?', a2: '' },
  },
  {
    name: 'F11 a path that the kernel could not write',
    line: `type=CWD ${id}: cwd="<too_long>"`,
    fields: { cwd: '<too_long>' },
  },
  { name: 'F12 several keys of a rule', line: `type=SYSCALL ${id}: key=7368016B32`, fields: { key: 'sh\x01k2' } },
  {
    name: 'F13 enriched fields after the group separator',
    line: `type=SYSCALL ${id}: uid=0 key=(null)\x1dARCH=x86_64 SYSCALL=execve UID="root" AUID="unset" EUID=726F6F742032`,
    fields: { uid: '0', key: undefined, ARCH: 'x86_64', SYSCALL: 'execve', UID: 'root', AUID: 'unset', EUID: 'root 2' },
  },
  {
    name: 'F13 the separator was lost after (null)',
    line: `type=SYSCALL ${id}: key=(null)ARCH=x86_64`,
    fields: { ARCH: 'x86_64', key: undefined },
  },
  {
    name: 'F13 the separator was lost after a quote',
    line: `type=SYSCALL ${id}: key="k"ARCH=x86_64`,
    fields: { ARCH: 'x86_64', key: 'k' },
  },
  {
    name: "F13 the separator was lost after msg='…'",
    line: `type=USER_END ${id}: pid=7 msg='op=PAM:x res=success'UID="root" AUID="joe"`,
    fields: { res: 'success', UID: 'root', AUID: 'joe' },
  },
  {
    name: 'F13 a socket address has blanks',
    line: `type=SOCKADDR ${id}: saddr=0200\x1dSADDR={ saddr_fam=inet laddr=127.0.0.1 lport=80 }`,
    fields: { saddr: '0200', SADDR: '{ saddr_fam=inet laddr=127.0.0.1 lport=80 }', laddr: undefined },
  },
  {
    name: 'F13 a socket address of no known family',
    line: `type=SOCKADDR ${id}: saddr=00\x1dSADDR=unknown family(0)`,
    fields: { SADDR: 'unknown family(0)' },
  },
  {
    name: 'F13 a brace that never closes',
    line: `type=SOCKADDR ${id}: SADDR={ laddr=1 x=2`,
    fields: { SADDR: '{', laddr: '1', x: '2' },
  },
  {
    name: "F14 fields inside msg='…' are fields, the outer of two first",
    line: `type=USER_CMD ${id}: pid=9 uid=1000 msg='cwd="/root" cmd=6C73202D6C exe="/usr/bin/sudo" uid=0 hostname=? terminal=pts/0 res=success'`,
    fields: {
      uid: '1000',
      cwd: '/root',
      cmd: 'ls -l',
      exe: '/usr/bin/sudo',
      hostname: undefined,
      terminal: 'pts/0',
      res: 'success',
      msg: undefined,
    },
  },
  {
    name: "F14 a quoted value at the end of msg='…'",
    line: `type=USER_AUTH ${id}: pid=9 msg='op=x acct="joe"'\x1dUID="root"`,
    fields: { acct: 'joe', UID: 'root' },
  },
  {
    name: 'F14 prose between the fields of an AVC',
    line: `type=AVC ${id}: avc:  denied  { setuid } for  pid=77 comm="su" capability=7 tclass=capability permissive=0`,
    fields: { pid: '77', comm: 'su', capability: '7', permissive: '0' },
  },
  {
    name: 'F14 names with several words keep their last',
    line: `type=LOGIN ${id}: login pid=5 old auid=700 new auid=701`,
    fields: { pid: '5', auid: '700' },
  },
  {
    name: 'F14 a label that begins with an equals sign',
    line: `type=AVC ${id}: subj==unconfined pid=1`,
    fields: { subj: '=unconfined', pid: '1' },
  },
  {
    name: 'F14 a label with braces',
    line: `type=AVC ${id}: subj=/{,usr/}sbin/dhclient pid=1`,
    fields: { subj: '/{,usr/}sbin/dhclient', pid: '1' },
  },
  {
    name: 'F14 a quoted value with blanks',
    line: `type=AVC ${id}: info="same as before, skipping" pid=1`,
    fields: { info: 'same as before, skipping', pid: '1' },
  },
  {
    name: 'F15 unquoted text that is no hex is literal',
    line: `type=EXECVE ${id}: argc=3 a0=top a1=ABC a2=abcd`,
    fields: { a0: 'top', a1: 'ABC', a2: 'abcd' },
  },
  {
    name: 'F16 bytes stay bytes',
    line: `type=EXECVE ${id}: argc=1 a0=FFFE80636166E900`,
    fields: { a0: '\xff\xfe\x80caf\xe9\0' },
  },
  {
    name: 'F19 pieces of a long argument are decoded, its length is a number',
    line: `type=EXECVE ${id}: argc=2 a0="x" a1_len=15000 a1[0]=4142 a1[12]="4142"`,
    fields: { a1_len: '15000', 'a1[0]': 'AB', 'a1[12]': '4142' },
  },
  {
    name: 'F24 comm is encoded',
    line: `type=SYSCALL ${id}: comm=6D656D66643A6D79 pid=1`,
    fields: { comm: 'memfd:my', pid: '1' },
  },
  {
    name: 'F25 a deleted image',
    line: `type=SYSCALL ${id}: exe=2F746D702F78202864656C6574656429`,
    fields: { exe: '/tmp/x (deleted)' },
  },
  { name: 'F26 a title has NULs', line: `type=PROCTITLE ${id}: proctitle=6C73002D6C`, fields: { proctitle: 'ls\0-l' } },
  {
    name: 'F28 RAW logs name their system call by number',
    line: `type=SYSCALL ${id}: arch=c00000b7 syscall=221`,
    fields: { SYSCALL: 'execve' },
  },
  {
    name: 'F28 but only in SYSCALL records',
    line: `type=SECCOMP ${id}: arch=c000003e syscall=59`,
    fields: { SYSCALL: undefined },
  },
  {
    name: 'F28 the enriched name counts',
    line: `type=SYSCALL ${id}: arch=c000003e syscall=59\x1dSYSCALL=other`,
    fields: { SYSCALL: 'other' },
  },
  { name: 'F32 a serial of 2^32 - 1', line: 'type=CWD msg=audit(1.001:4294967295): cwd="/"', key: '1.001:4294967295' },
  {
    name: 'F35 an audit rule that was removed',
    line: `type=CONFIG_CHANGE ${id}: auid=0 op=remove_rule key=7368016B32 list=4 res=1`,
    fields: { op: 'remove_rule', key: 'sh\x01k2', res: '1' },
  },
  {
    name: 'F37 a line that was cut off in a quoted value',
    line: `type=EXECVE ${id}: argc=2 a0="ls" a1="-l`,
    cut: true,
    fields: { a0: 'ls', a1: '-l' },
  },
  {
    name: 'F39 io_uring has a record type of its own',
    line: `type=URINGOP ${id}: uring_op=18 success=yes`,
    fields: { uring_op: '18' },
  },
  {
    name: 'a field without a value is unknown',
    line: `type=CWD ${id}: cwd= pid=1`,
    fields: { cwd: undefined, pid: '1' },
  },
  {
    name: 'a field with a name that objects have',
    line: `type=CWD ${id}: __proto__="x" constructor="y"`,
    fields: { constructor: 'y' },
  },
];

for (const { name, line, type, key, torn, fields = {}, cut = false } of rows) {
  test(name, () => {
    // Twice, since what was read before tells what to expect; and once after lines of the same type in another form.
    for (const before of ['', line, line.replace('): ', '): other=1 ')]) {
      parseRecord(before);
      const parsed = parseRecord(line);
      if (torn !== undefined) {
        assert.deepEqual(parsed, { torn, text: line });
        continue;
      }
      const record = asRecord(parsed);
      for (const [field, value] of Object.entries(fields)) {
        assert.equal(record.get(field), value, field);
        assert.equal(Object.hasOwn(record.fields, field) ? record.fields[field] : undefined, value, field);
      }
      assert.equal(record.cut, cut);
      if (type !== undefined) assert.equal(record.type, type);
      if (key !== undefined) assert.equal(record.key, key);
    }
  });
}

test('F3 the parts of an id', () => {
  const line = 'node=db.example.org type=CWD msg=audit(1795489893.007:4294967295): cwd="/"';
  const { id: parts } = asRecord(parseRecord(line));
  assert.deepEqual(parts, { node: 'db.example.org', timestampMs: 1_795_489_893_007, serial: 4_294_967_295 });
});

test('the id of the record before is reused only for the same id of the same node', () => {
  const one = asRecord(parseRecord(`node=a type=CWD ${id}: cwd="/"`));
  const same = asRecord(parseRecord(`node=a type=PATH ${id}: item=0`, one));
  assert.equal(same.id, one.id);
  assert.equal(same.key, one.key);
  for (const other of [
    `node=b type=CWD ${id}: `,
    `type=CWD ${id}: `,
    `node=a type=CWD ${id.replace('906', '9061')}: `,
  ]) {
    const { key, id: parts } = asRecord(parseRecord(other, one));
    assert.deepEqual({ key, parts }, { key: asRecord(parseRecord(other)).key, parts: asRecord(parseRecord(other)).id });
    assert.notEqual(key, one.key);
  }
});

test('fields have no name from the prototype, and __proto__ is one like any other', () => {
  const record = asRecord(parseRecord(`type=CWD ${id}: __proto__="x" cwd="/"`));
  assert.deepEqual(Object.entries(record.fields), [
    ['__proto__', 'x'],
    ['cwd', '/'],
  ]);
  assert.equal(record.get('toString'), undefined);
});

test('a torn line is shown short', () => {
  const parsed = parseRecord('x'.repeat(5000));
  assert.deepEqual(parsed, { torn: 'no-type', text: 'x'.repeat(256) });
});

function asRecord(parsed: ReturnType<typeof parseRecord>): AuditRecord {
  assert.ok(!('torn' in parsed), JSON.stringify(parsed));
  return parsed;
}
