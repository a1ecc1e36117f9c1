import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { type AuditRule, parseAuditRules, readAuditRules } from '../../src/host/audit-rules.ts';
import { reasonNotToAskAudit } from '../support/auditctl.ts';

/** What auditctl 3.0.9 listed on kernel 6.18 after these rules were added. */
const listed = `-a always,user -F auid=4242
-a always,exit -F arch=b64 -S execve,execveat -F success=1 -F auid=4242 -F key=tx1
-a always,exit -F arch=b32 -S execve -F auid=4242 -F key=a -F key=b
-w /etc/ld.so.preload -p wa -k preload_taxo
-w /etc/audit -p wa -k cfg_taxo
-a always,exit -S all -F path=/usr/bin/wget -F perm=x -F auid=4242 -F key=susp_activity
-a always,exit -F arch=b64 -S all -F auid=4242
-a always,exit -F arch=b64 -S openat -F exit=-EACCES -F auid=4242 -F key=access
-a always,exit -F arch=b64 -S execve -C uid!=euid -F auid!=-1 -F auid=4242 -F key=uem
-a never,exit -F arch=b64 -S execve -F exe=/usr/bin/true -F auid=4242
-a always,exit -S socket,connect -F a0=0x2 -F auid=4242 -F key=nokey
-a always,exclude -F msgtype=CWD -F auid=4242`;

const plain: Omit<AuditRule, 'text'> = {
  list: 'exit',
  action: 'always',
  calls: 'all',
  architecture: undefined,
  keys: [],
  path: undefined,
  permissions: 'rwxa',
  filters: [],
};

const cases: readonly (readonly [string, Partial<AuditRule>])[] = [
  ['-a always,user -F auid=4242', { list: 'user', filters: ['auid=4242'] }],
  [
    '-a always,exit -F arch=b64 -S execve,execveat -F success=1 -F auid=4242 -F key=tx1',
    { calls: ['execve', 'execveat'], architecture: 'b64', keys: ['tx1'], filters: ['success=1', 'auid=4242'] },
  ],
  [
    '-a always,exit -F arch=b32 -S execve -F auid=4242 -F key=a -F key=b',
    { calls: ['execve'], architecture: 'b32', keys: ['a', 'b'], filters: ['auid=4242'] },
  ],
  [
    '-w /etc/ld.so.preload -p wa -k preload_taxo',
    { path: '/etc/ld.so.preload', permissions: 'wa', keys: ['preload_taxo'] },
  ],
  [
    '-a always,exit -S all -F path=/usr/bin/wget -F perm=x -F auid=4242 -F key=susp_activity',
    { path: '/usr/bin/wget', permissions: 'x', keys: ['susp_activity'], filters: ['auid=4242'] },
  ],
  [
    '-a always,exit -F arch=b64 -S execve -C uid!=euid -F auid!=-1 -F auid=4242 -F key=uem',
    { calls: ['execve'], architecture: 'b64', keys: ['uem'], filters: ['auid!=-1', 'auid=4242', 'uid!=euid'] },
  ],
  [
    '-a never,exit -F arch=b64 -S execve -F exe=/usr/bin/true -F auid=4242',
    { action: 'never', calls: ['execve'], architecture: 'b64', filters: ['exe=/usr/bin/true', 'auid=4242'] },
  ],
  ['-a always,exclude -F msgtype=CWD -F auid=4242', { list: 'exclude', filters: ['msgtype=CWD', 'auid=4242'] }],
  // As rule files write them.
  ['-a exit,always -S mknod -S mknodat -k node', { calls: ['mknod', 'mknodat'], keys: ['node'] }],
  ['-w /etc/sudoers.d/ -k sudo', { path: '/etc/sudoers.d', keys: ['sudo'] }],
  ['-w /srv/with space -p w', { path: '/srv/with space', permissions: 'w' }],
  ['-a always,exit -F dir=/etc/sudoers.d -F perm=wa', { path: '/etc/sudoers.d', permissions: 'wa' }],
  ['-w / -p x', { path: '/', permissions: 'x' }],
  ['-a never,task', { list: 'task', action: 'never' }],
];

describe('audit rules', () => {
  for (const [text, expected] of cases) {
    it(text, () => assert.deepEqual(parseAuditRules(text), [{ text, ...plain, ...expected }]));
  }

  it('are one a line of what auditctl lists', () => {
    assert.deepEqual(
      parseAuditRules(listed).map(({ text }) => text),
      listed.split('\n'),
    );
  });

  it('are not what else it says, nor options of a rule file', () => {
    assert.deepEqual(parseAuditRules('No rules\n\n# -w /etc/passwd\n-b 8192\n-D\n--backlog_wait_time 0\n'), []);
  });

  const refused = reasonNotToAskAudit();
  it(`are read from the kernel${refused ? ` (${refused})` : ''}`, { skip: refused }, async () => {
    // Of a login uid that nobody has, so that nothing is recorded.
    const added = ['-a', 'always,exit', '-F', 'arch=b64', '-S', 'mknod', '-F', 'auid=424242', '-k', 'sigmond_test'];
    execFileSync('auditctl', added, { stdio: 'ignore' });
    try {
      const rules = await readAuditRules();
      const found = rules?.find(({ keys }) => keys.includes('sigmond_test'));
      assert.deepEqual(found?.calls, ['mknod']);
      assert.deepEqual(found?.filters, ['auid=424242']);
    } finally {
      execFileSync('auditctl', ['-d', ...added.slice(1)], { stdio: 'ignore' });
    }
  });
});
