import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAuditRules } from '../../src/host/audit-rules.ts';
import { execArchitectures, readAuditState } from '../../src/host/audit-state.ts';

const exec = (arch: string, more = '') => `-a always,exit -F arch=${arch} -S execve,execveat${more} -F key=exec`;

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['no rules', 'No rules', []],
  ['both architectures', `${exec('b64')}\n${exec('b32', ' -F success=1')}`, ['b32', 'b64']],
  ['all calls, no architecture', '-a always,exit -S all', ['b64']],
  ['a rule for one user', exec('b64', ' -F euid=33'), []],
  ['a rule for logged-in users', exec('b64', ' -F auid!=-1'), []],
  ['a rule for changes of identity', '-a always,exit -F arch=b64 -S execve -C uid!=euid -F key=x', []],
  ['failures only', exec('b64', ' -F success=0'), []],
  ['other calls', '-a always,exit -F arch=b64 -S ptrace -F key=x\n-w /etc/passwd -p wa -k p', []],
  ['a rule that leaves out', '-a never,exit -F arch=b64 -S execve', []],
  ['auditing off for all new processes', `-a never,task\n${exec('b64')}`, []],
];
for (const [what, rules, expected] of cases) {
  test(`exec rules: ${what}`, () => assert.deepEqual(execArchitectures(parseAuditRules(rules)), expected));
}

test('whether the log is there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-audit-'));
  const path = join(folder, 'audit.log');
  assert.equal((await readAuditState(path)).log, 'missing');
  writeFileSync(path, '');
  assert.equal((await readAuditState(path)).log, 'readable');
  rmSync(folder, { recursive: true });
});
