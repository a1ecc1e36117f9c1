import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuditStatus } from '../../src/host/audit-status.ts';

const printed: readonly (readonly [what: string, text: string, status: ReturnType<typeof parseAuditStatus>])[] = [
  [
    'audit 3.0, with fields that nobody asks for',
    `enabled 1
failure 1
pid 812
rate_limit 0
backlog_limit 8192
lost 17
backlog 3
backlog_wait_time 60000
backlog_wait_time_actual 0
loginuid_immutable 0 unlocked
`,
    { enabled: 1, pid: 812, lost: 17, backlog: 3, backlogLimit: 8192 },
  ],
  [
    'audit before 2.3, all in one line',
    'AUDIT_STATUS: enabled=2 flag=1 pid=812 rate_limit=0 backlog_limit=320 lost=0 backlog=0\n',
    { enabled: 2, pid: 812, lost: 0, backlog: 0, backlogLimit: 320 },
  ],
  ['no auditd', 'enabled 0\npid 0\nlost 0\n', { enabled: 0, pid: 0, lost: 0, backlog: 0, backlogLimit: 0 }],
  ['words that only end like a field', 'enabled 1\nppid 7\nlost 0\n', undefined],
  ['a refusal', 'You must be root to run this program.\n', undefined],
  ['nothing', '', undefined],
];
for (const [what, text, status] of printed) {
  test(what, () => assert.deepEqual(parseAuditStatus(text), status));
}
