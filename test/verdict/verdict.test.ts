import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuleVerdict } from '../../src/model/verdict.ts';
import type { Telemetry } from '../../src/verdict/telemetry.ts';
import { judge } from '../../src/verdict/verdict.ts';
import { collectionOf, parse, ruleText } from '../sigma/support.ts';
import { bareHost, hostWith } from '../support/telemetry.ts';

const exec = '-a always,exit -F arch=b64 -S execve,execveat -F success=1 -F key=sigmond_exec';
const execHost = hostWith(exec);

function verdictOf(detection: string, logsource: string, telemetry: Telemetry): RuleVerdict {
  const { rules, problems } = parse(ruleText(detection, { logsource }));
  assert.equal(rules.length, 1, problems.join('\n'));
  const [verdict] = judge(collectionOf(rules), telemetry);
  assert.ok(verdict);
  return verdict;
}

const inWords = ({ verdict, reasons }: RuleVerdict): string =>
  [verdict, ...reasons.map(({ kind, text }) => `${kind}: ${text}`)].join('\n');

interface Row {
  readonly what: string;
  readonly logsource?: string;
  readonly on: Telemetry;
  readonly detection: string;
  readonly expected: readonly string[];
}

function table(name: string, logsource: string, rows: readonly Row[]): void {
  describe(name, () => {
    for (const row of rows) {
      it(row.what, () => {
        const verdict = verdictOf(row.detection, row.logsource ?? logsource, row.on);
        assert.equal(inWords(verdict), row.expected.join('\n'));
      });
    }
  });
}

const missed = 'programs that end between two looks at /proc are missed';

table('process_creation', 'category: process_creation', [
  {
    what: 'with exec rules',
    on: execHost,
    detection: 'sel: {Image: /x, CommandLine: y, ParentImage: z}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'by /proc alone',
    on: bareHost,
    detection: 'sel: {Image: /x}\ncondition: sel',
    expected: ['degraded', `audit-rule: no loaded audit rule records program starts; ${missed}`],
  },
  {
    what: 'without auditd',
    on: { ...execHost, auditLog: { path: '/var/log/audit/audit.log', state: 'missing' } },
    detection: 'sel: {Image: /x}\ncondition: sel',
    expected: ['degraded', `audit-log: there is no /var/log/audit/audit.log (no auditd); ${missed}`],
  },
  {
    what: 'with nothing at all',
    on: { ...execHost, auditLog: undefined, scansProc: false },
    detection: 'sel: {Image: /x}\ncondition: sel',
    expected: [
      'cannot-fire',
      'audit-log: sources.audit_log is switched off',
      'proc-scan: sources.proc_scan is switched off',
    ],
  },
  {
    what: 'where auditing is off for new processes',
    on: hostWith(`-a never,task\n${exec}`, { scansProc: false }),
    detection: 'sel: {Image: /x}\ncondition: sel',
    expected: [
      'cannot-fire',
      "audit-rule: the audit rule '-a never,task' keeps all system calls from being recorded",
      'proc-scan: sources.proc_scan is switched off',
    ],
  },
  {
    what: 'where only some users are recorded',
    on: hostWith('-a always,exit -F arch=b64 -S execve -F auid>=1000 -F key=user', { scansProc: false }),
    detection: 'sel: {Image: /x}\ncondition: sel',
    expected: [
      'degraded',
      "audit-rule: recorded for some only, by '-a always,exit -F arch=b64 -S execve -F auid>=1000 -F key=user'",
    ],
  },
  {
    what: 'where only one program is watched',
    on: hostWith('-w /usr/bin/wget -p x -k w', { scansProc: false }),
    detection: 'sel: {Image|endswith: /wget}\ncondition: sel',
    expected: ['degraded', "audit-rule: recorded for some only, by '-w /usr/bin/wget'"],
  },
  {
    what: 'and that is another one',
    on: hostWith('-w /usr/bin/wget -p x -k w', { scansProc: false }),
    detection: 'sel: {Image|endswith: /curl}\ncondition: sel',
    expected: [
      'cannot-fire',
      'audit-rule: no loaded audit rule watches */curl',
      'proc-scan: sources.proc_scan is switched off',
    ],
  },
  {
    what: 'where only 32-bit programs are recorded',
    on: hostWith('-a always,exit -F arch=b32 -S execve', { scansProc: false }),
    detection: 'sel: {Image: /x}\ncondition: sel',
    expected: ['degraded', "audit-rule: recorded for some only, by '-a always,exit -F arch=b32 -S execve'"],
  },
  {
    what: 'a field that only audit tells, by /proc alone',
    on: bareHost,
    detection: 'sel: {EffectiveUser: root}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records program starts'],
  },
  {
    what: 'a field whose record is left out',
    on: hostWith(`${exec}\n-a always,exclude -F msgtype=CWD`, { scansProc: false }),
    detection: 'sel: {CurrentDirectory: /tmp}\ncondition: sel',
    expected: [
      'cannot-fire',
      'audit-rule: an audit rule leaves out CWD records, which tell CurrentDirectory',
      'proc-scan: sources.proc_scan is switched off',
    ],
  },
  {
    what: 'a field of which a record is left out and another stands in',
    on: hostWith(`${exec}\n-a always,exclude -F msgtype=EXECVE`, { scansProc: false }),
    detection: 'sel: {CommandLine: x}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'and that one too',
    on: hostWith(`${exec}\n-a always,exclude -F msgtype=EXECVE\n-a always,exclude -F msgtype=PROCTITLE`, {
      scansProc: false,
    }),
    detection: 'sel: {CommandLine: x}\ncondition: sel',
    expected: [
      'cannot-fire',
      'audit-rule: an audit rule leaves out EXECVE records, which tell CommandLine',
      'proc-scan: sources.proc_scan is switched off',
    ],
  },
  {
    what: 'a field that is never known',
    on: execHost,
    detection: 'sel: {Image: /x, OriginalFileName: y}\ncondition: sel',
    expected: ['cannot-fire', 'field: no process_creation event here has the field OriginalFileName'],
  },
  {
    what: 'the same as one of two ways',
    on: execHost,
    detection: 'a: {Image: /x}\nb: {OriginalFileName: y}\ncondition: 1 of them',
    expected: ['degraded', 'field: no process_creation event here has the field OriginalFileName'],
  },
  {
    what: 'the same in a list of maps',
    on: execHost,
    detection: 'sel:\n  - Image: /x\n  - Company|contains: y\ncondition: sel',
    expected: ['degraded', 'field: no process_creation event here has the field Company'],
  },
  {
    what: 'the same where it should leave something out',
    on: execHost,
    detection: 'sel: {Image: /x}\nfilter: {Company: y}\ncondition: sel and not filter',
    expected: ['degraded', 'field: nothing here tells Company, so that what the rule leaves out by it is not left out'],
  },
  {
    what: 'that it is not there',
    on: execHost,
    detection: 'sel: {Image: /x, Company: null}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'that it is not there, under a not',
    on: execHost,
    detection: 'sel: {Image: /x}\nnone: {Company|exists: true}\ncondition: sel and not none',
    expected: ['can-fire'],
  },
  {
    what: 'that it is there',
    on: execHost,
    detection: 'sel: {Company|exists: true}\ncondition: sel',
    expected: ['cannot-fire', 'field: no process_creation event here has the field Company'],
  },
  {
    what: 'that it is another field’s',
    on: execHost,
    detection: 'sel: {Image|fieldref: OriginalFileName}\ncondition: sel',
    expected: ['cannot-fire', 'field: no process_creation event here has the field OriginalFileName'],
  },
  {
    what: 'that it is not something, which is true of what is not there',
    on: execHost,
    detection: 'sel: {Company|neq: y}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'keywords',
    on: execHost,
    detection: 'sel: [x]\ncondition: sel',
    expected: ['cannot-fire', 'field: process_creation events have no text that keywords could be searched in'],
  },
  {
    what: 'a contradiction',
    on: execHost,
    detection: 'sel: {Company|exists: false}\ncondition: not sel',
    expected: ['cannot-fire', 'value: its condition can never hold'],
  },
  {
    what: 'where the audit rules are not known',
    on: { ...execHost, auditRules: undefined },
    detection: 'sel: {Image: /x}\ncondition: sel',
    expected: [
      'can-fire',
      'unknown: the audit rules could not be asked for, which takes root; taken as if they recorded what is needed',
    ],
  },
]);

table('service: auditd', 'product: linux\n  service: auditd', [
  {
    what: 'a program start without exec rules',
    on: bareHost,
    detection: 'sel: {type: EXECVE, a0: x}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records program starts'],
  },
  {
    what: 'and with them',
    on: execHost,
    detection: 'sel: {type: execve, a7: x}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'records that an audit rule leaves out',
    on: hostWith(`${exec}\n-a always,exclude -F msgtype=EXECVE`),
    detection: 'sel: {type: EXECVE, a0: x}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: an audit rule leaves out all EXECVE records'],
  },
  {
    what: 'a type that there is not',
    on: execHost,
    detection: 'sel: {type: EXECV, a0: x}\ncondition: sel',
    expected: ['cannot-fire', "value: audit has no record type 'EXECV' (did you mean 'EXECVE'?)"],
  },
  {
    what: 'a field that the type does not have',
    on: execHost,
    detection: 'sel: {type: EXECVE, exe: x}\ncondition: sel',
    expected: ['cannot-fire', 'field: no EXECVE record has the field exe'],
  },
  {
    what: 'fields of two types at once',
    on: execHost,
    detection: 'sel: {name: x, exe: y, nametype: CREATE}\ncondition: sel',
    expected: ['cannot-fire', 'field: no PATH record has the field exe'],
  },
  {
    what: 'a system call that is not recorded',
    on: execHost,
    detection: 'sel: {type: SYSCALL, SYSCALL: memfd_create}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records memfd_create'],
  },
  {
    what: 'and that is',
    on: hostWith('-a always,exit -F arch=b64 -S memfd_create -F key=m'),
    detection: 'sel: {type: SYSCALL, SYSCALL: memfd_create}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'one of two system calls',
    on: execHost,
    detection: 'sel: {type: SYSCALL, SYSCALL: [execve, ptrace]}\ncondition: sel',
    expected: ['degraded', 'audit-rule: no loaded audit rule records ptrace'],
  },
  {
    what: 'a system call that there is not',
    on: execHost,
    detection: 'sel: {type: SYSCALL, SYSCALL: exceve}\ncondition: sel',
    expected: ['cannot-fire', "value: this machine has no system call 'exceve' (did you mean 'execve'?)"],
  },
  {
    what: 'an argument other than the recorded one',
    on: hostWith('-a always,exit -F arch=b64 -S socket -F a0=0x2 -F key=s'),
    detection: 'sel: {type: SYSCALL, SYSCALL: socket, a0: 26}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records a0 26'],
  },
  {
    what: 'the recorded one',
    on: hostWith('-a always,exit -F arch=b64 -S socket -F a0=38 -F key=s'),
    detection: 'sel: {type: SYSCALL, SYSCALL: socket, a0: 26}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'no login user, as records and audit rules have it',
    on: hostWith('-a always,exit -F arch=b64 -S execve -F auid=-1 -F key=daemons'),
    detection: 'sel: {type: SYSCALL, SYSCALL: execve, auid: 4294967295}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'an address as an argument',
    on: hostWith('-a always,exit -F arch=b64 -S mmap -F a0=0xffffffffffff0000'),
    detection: 'sel: {type: SYSCALL, SYSCALL: mmap, a0: ffffffffffff0000}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'a system call that the kernel refuses by itself',
    on: bareHost,
    detection: 'sel: {type: SECCOMP, syscall: 59}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'a user that an audit rule is for',
    on: hostWith('-a always,exit -F arch=b64 -S execve -F euid=33 -F key=www'),
    detection: 'sel: {type: SYSCALL, SYSCALL: execve, euid: 33}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'any user where an audit rule is for one',
    on: hostWith('-a always,exit -F arch=b64 -S execve -F euid=33 -F key=www'),
    detection: 'sel: {type: SYSCALL, SYSCALL: execve}\ncondition: sel',
    expected: [
      'degraded',
      "audit-rule: recorded for some only, by '-a always,exit -F arch=b64 -S execve -F euid=33 -F key=www'",
    ],
  },
  {
    what: 'a key that no audit rule has',
    on: execHost,
    detection: 'sel: {key: susp_activity}\ncondition: sel',
    expected: ['cannot-fire', 'key: no loaded audit rule has the key susp_activity'],
  },
  {
    what: 'a key of a watch',
    on: hostWith('-w /usr/bin/wget -p x -k susp_activity'),
    detection: 'sel: {key: susp_activity}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'one of two keys of an audit rule',
    on: hostWith('-a always,exit -F arch=b32 -S execve -F auid=4242 -F key=a -F key=b'),
    detection: 'sel: {type: SYSCALL, key: b}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'a key and a system call of different audit rules',
    on: hostWith(`${exec}\n-a always,exit -F arch=b64 -S connect -F key=net`),
    detection: 'sel: {type: SYSCALL, SYSCALL: execve, key: net}\ncondition: sel',
    expected: ['cannot-fire', 'key: no loaded audit rule has the key net'],
  },
  {
    what: 'a file that is not watched',
    on: execHost,
    detection: 'sel: {type: PATH, name: /etc/ld.so.preload}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule watches /etc/ld.so.preload'],
  },
  {
    what: 'and that is',
    on: hostWith('-w /etc/ld.so.preload -p wa -k preload'),
    detection: 'sel: {type: PATH, name: /etc/ld.so.preload}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'in a folder that is',
    on: hostWith('-w /etc/systemd -p wa -k s', { watchedFolders: new Set(['/etc/systemd']) }),
    detection: 'sel: {type: PATH, nametype: CREATE, name|startswith: /etc/systemd/system/}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'beside a file that is',
    on: hostWith('-w /etc/systemd -p wa -k s'),
    detection: 'sel: {type: PATH, name|startswith: /etc/systemd/system/}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule watches /etc/systemd/system/*'],
  },
  {
    what: 'some of the files',
    on: hostWith('-w /etc/a -p wa -k s'),
    detection: 'sel: {type: PATH, name: [/etc/a, /etc/b, /etc/c, /etc/d, /etc/e]}\ncondition: sel',
    expected: ['degraded', 'audit-rule: no loaded audit rule watches /etc/b, /etc/c, /etc/d and 1 more'],
  },
  {
    what: 'any file of a name where one folder is watched',
    on: hostWith('-w /etc -p wa -k s', { watchedFolders: new Set(['/etc']) }),
    detection: 'sel: {type: PATH, name|endswith: /.bashrc}\ncondition: sel',
    expected: ['degraded', "audit-rule: recorded for some only, by '-w /etc/'"],
  },
  {
    what: 'a name of a program, where only programs are recorded',
    on: execHost,
    detection: 'sel: {type: PATH, name|contains: /.}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'a new file, where only programs are recorded',
    on: execHost,
    detection: 'sel: {type: PATH, nametype: CREATE, name|contains: /.}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records files as CREATE'],
  },
  {
    what: 'a kind of name that there is not',
    on: hostWith('-w /etc -p wa'),
    detection: 'sel: {type: PATH, nametype: CREATED}\ncondition: sel',
    expected: ['cannot-fire', "value: nametype is never 'CREATED' (did you mean 'CREATE'?)"],
  },
  {
    what: 'keystrokes',
    on: execHost,
    detection: 'sel: {type: TTY}\ncondition: sel',
    expected: ['cannot-fire', 'record-type: TTY records need pam_tty_audit, which no PAM service here has'],
  },
  {
    what: 'keystrokes that PAM asks for',
    on: { ...execHost, recordsKeystrokes: true },
    detection: 'sel: {type: [TTY, USER_TTY]}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'what programs write',
    on: bareHost,
    detection: 'sel: {type: ADD_USER}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'arguments of whatever type',
    on: bareHost,
    detection: 'a: {a1|startswith: --cpu-priority}\nb: {a6|startswith: --cpu-priority}\ncondition: 1 of them',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records program starts'],
  },
  {
    what: 'keywords in a type',
    on: execHost,
    detection: 'sel: {type: EXECVE}\nwords: [touch]\ncondition: sel and words',
    expected: ['can-fire'],
  },
]);

table('files and connections', 'category: file_event', [
  {
    what: 'files without audit rules for them',
    on: execHost,
    detection: 'sel: {TargetFilename|startswith: /etc/cron.d/}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records the creation of files'],
  },
  {
    what: 'files that are opened to be made',
    on: hostWith('-a always,exit -F arch=b64 -S openat -F a2&01100 -F success=1 -F key=sigmond_file'),
    detection: 'sel: {TargetFilename|startswith: /etc/cron.d/, Image|endswith: /cp}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'files in a watched folder',
    on: hostWith('-w /etc/cron.d -p wa -k cron', { watchedFolders: new Set(['/etc/cron.d']) }),
    detection: 'sel: {TargetFilename|startswith: [/etc/cron.d/, /tmp/]}\ncondition: sel',
    expected: ['degraded', 'audit-rule: no loaded audit rule watches /tmp/*'],
  },
  {
    what: 'files that are only read',
    on: hostWith('-w /etc/cron.d -p ra -k cron'),
    detection: 'sel: {TargetFilename: /etc/cron.d}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records the creation of files'],
  },
  {
    what: 'connections without audit rules for them',
    logsource: 'category: network_connection',
    on: execHost,
    detection: 'sel: {DestinationPort: 4444, Initiated: "true"}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records connections that programs make'],
  },
  {
    what: 'connections',
    logsource: 'category: network_connection',
    on: hostWith('-a always,exit -F arch=b64 -S connect -F success=1 -F key=sigmond_connect'),
    detection: 'sel: {DestinationPort: 4444, Initiated: "true"}\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'connections that are let in, where only made ones are recorded',
    logsource: 'category: network_connection',
    on: hostWith('-a always,exit -F arch=b64 -S connect -F success=1 -F key=sigmond_connect'),
    detection: 'sel: {SourceIp: 10.0.0.1}\ncondition: sel',
    expected: ['cannot-fire', 'audit-rule: no loaded audit rule records connections that programs accept'],
  },
  {
    what: 'where a connection leads, of one that is let in',
    logsource: 'category: network_connection',
    on: execHost,
    detection: 'sel: {DestinationIp: 10.0.0.1, Initiated: "false"}\ncondition: sel',
    expected: ['cannot-fire', "value: Initiated is never 'false'"],
  },
  {
    what: 'names of hosts',
    logsource: 'category: network_connection',
    on: hostWith('-a always,exit -F arch=b64 -S connect'),
    detection: 'sel: {DestinationHostname: x}\ncondition: sel',
    expected: ['cannot-fire', 'field: no network_connection event here has the field DestinationHostname'],
  },
]);

const logs = (path: string, services: readonly string[], state: 'readable' | 'missing' = 'readable') =>
  ({ ...execHost, logs: [{ path, state, services, product: 'linux' }] }) satisfies Telemetry;

table('text logs', 'product: linux\n  service: sshd', [
  {
    what: 'that nobody follows',
    on: execHost,
    detection: 'sel: [x]\ncondition: sel',
    expected: ['cannot-fire', 'log: no log is followed for sshd: sources.logs has none'],
  },
  {
    what: 'that are followed',
    on: logs('/var/log/auth.log', ['auth', 'sshd']),
    detection: 'sel: [x]\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'of others',
    on: logs('/var/log/cron.log', ['cron']),
    detection: 'sel: [x]\ncondition: sel',
    expected: ['cannot-fire', 'log: no log is followed for sshd: sources.logs has none'],
  },
  {
    what: 'that are not there',
    on: logs('/var/log/auth.log', ['sshd'], 'missing'),
    detection: 'sel: [x]\ncondition: sel',
    expected: ['cannot-fire', 'log: there is no /var/log/auth.log'],
  },
  {
    what: 'and a field that lines do not have',
    on: logs('/var/log/auth.log', ['sshd']),
    detection: 'sel: {src_ip: x}\ncondition: sel',
    expected: ['cannot-fire', 'field: no log event here has the field src_ip'],
  },
  {
    what: 'of a product of one’s own',
    logsource: 'product: shop\n  service: orders',
    on: { ...execHost, logs: [{ path: '/var/log/shop', state: 'readable', product: 'shop', services: ['orders'] }] },
    detection: 'sel: [x]\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'and rules without a service',
    logsource: 'product: linux',
    on: logs('/var/log/syslog', ['syslog']),
    detection: 'sel: [x]\ncondition: sel',
    expected: ['can-fire'],
  },
  {
    what: 'and rules without a service, where only audit records have a text',
    logsource: 'product: linux',
    on: execHost,
    detection: 'sel: [x]\ncondition: sel',
    expected: ['degraded', 'log: no text log is followed: sources.logs is empty; only audit records are searched'],
  },
]);

table('other systems', 'product: windows\n  category: process_creation', [
  {
    what: 'are not this one',
    on: execHost,
    detection: 'sel: {Image: x}\ncondition: sel',
    expected: ['cannot-fire', 'logsource: sigmond makes no events of windows/process_creation'],
  },
  {
    what: 'nor are misspelled ones',
    logsource: 'category: proces_creation',
    on: execHost,
    detection: 'sel: {Image: x}\ncondition: sel',
    expected: ['cannot-fire', 'logsource: sigmond makes no events of proces_creation'],
  },
]);

describe('a remedy', () => {
  const rows: readonly (readonly [string, string, string | undefined])[] = [
    ['service: auditd', 'sel: {type: SYSCALL, SYSCALL: ptrace}', '-a always,exit -F arch=b64 -S ptrace -F key=sigmond'],
    [
      'service: auditd',
      'sel: {type: SYSCALL, SYSCALL: [bind, connect]}',
      '-a always,exit -F arch=b64 -S bind,connect -F key=sigmond',
    ],
    ['service: auditd', 'sel: {type: PATH, name: [/etc/x*, /etc/y]}', '-w /etc/y -p wa -k sigmond'],
    ['service: auditd', 'sel: {type: PATH, name|endswith: /x}', undefined],
    ['service: auditd', 'sel: {key: x}', undefined],
    ['category: process_creation', 'sel: {Image: /x}', exec],
  ];
  for (const [logsource, selection, expected] of rows) {
    it(`for ${selection}`, () => {
      const { reasons } = verdictOf(`${selection}\ncondition: sel`, logsource, bareHost);
      assert.deepEqual(
        reasons.map(({ remedy }) => remedy),
        [expected],
      );
    });
  }
});

it('a rule of endless lists takes no time without end', () => {
  const names = Array.from({ length: 5000 }, (_, index) => `/etc/${index}`).join(', ');
  const { verdict } = verdictOf(`sel: {type: PATH, name: [${names}]}\ncondition: sel`, 'service: auditd', execHost);
  assert.equal(verdict, 'cannot-fire');
});
