import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { rulesVerdictCommand } from '../../src/cli/rules-verdict.ts';
import { configuredTelemetry, readTelemetry } from '../../src/cli/telemetry.ts';
import { loadConfig } from '../../src/config/load.ts';
import { folder, ruleText, uuid } from '../sigma/support.ts';
import { reasonNotToAskAudit } from '../support/auditctl.ts';
import { bareHost } from '../support/telemetry.ts';
import { runCommand } from './support.ts';

const processCreation = 'category: process_creation';
const shell = ruleText('sel: {Image|endswith: /sh}\ncondition: sel', { id: uuid('shell'), logsource: processCreation });
const hashed = ruleText('sel: {Company: x}\ncondition: sel', { id: uuid('hashed'), logsource: processCreation });
const copied = hashed.replace(uuid('hashed'), uuid('copied')).replace('A rule', 'Another rule');
const added = ruleText('sel: {type: ADD_USER}\ncondition: sel', { id: uuid('added'), logsource: 'service: auditd' });
const traced = ruleText('sel: {type: SYSCALL, SYSCALL: ptrace}\ncondition: sel', {
  id: uuid('traced'),
  logsource: 'service: auditd',
});

async function verdict(...args: readonly string[]) {
  const deps = {
    readConfig: async () => loadConfig('/etc/sigmond/sigmond.yaml', ''),
    readTelemetry: async () => bareHost,
    noColor: false,
  };
  return runCommand((io) => rulesVerdictCommand(io, deps), ['verdict', ...args]);
}

describe('sigmond rules verdict', () => {
  it('counts, and shows together what misses the same', async (t) => {
    const path = await folder(t, {
      'a.yml': shell,
      'b.yml': hashed,
      'c.yml': copied,
      'd.yml': added,
      'e.yml': traced.replace('A rule', 'Tracing \\x1b[31m of another program by one that may, whatever it is for'),
    });
    const { stdout, stderr, exitCode } = await verdict('--rules', path);
    assert.deepEqual([stderr, exitCode], ['', 0]);
    assert.equal(
      stdout,
      `5 rules: 1 can fire here, 1 in part, 3 cannot

Cannot fire (3)
  - no process_creation event here has the field Company
      A rule
      Another rule
  - no loaded audit rule records ptrace
    auditctl -a always,exit -F arch=b64 -S ptrace -F key=sigmond
      Tracing \\x1b[31m of another program by one that may, whatever it is for

Can fire in part (1)
  - no loaded audit rule records program starts; programs that end between two
    looks at /proc are missed
    auditctl -a always,exit -F arch=b64 -S execve,execveat -F success=1 -F key=sigmond_exec
      A rule
`,
    );
  });

  it('does not name all rules of a large group', async (t) => {
    const rules = Array.from({ length: 20 }, (_, index) => hashed.replace(uuid('hashed'), uuid(`r${index}`)));
    const path = await folder(t, { 'a.yml': rules.join('---\n') });
    const { stdout } = await verdict('--rules', path);
    assert.match(stdout, /Company\n(?: {6}A rule\n){5} {6}and 15 more\n$/);
  });

  it('prints all of it as JSON', async (t) => {
    const path = await folder(t, { 'a.yml': added, 'b.yml': traced });
    const { stdout } = await verdict('--rules', path, '--json');
    assert.deepEqual(JSON.parse(stdout), [
      { id: uuid('added'), title: 'A rule', verdict: 'can-fire', reasons: [] },
      {
        id: uuid('traced'),
        title: 'A rule',
        verdict: 'cannot-fire',
        reasons: [
          {
            kind: 'audit-rule',
            field: 'SYSCALL',
            values: ['ptrace'],
            text: 'no loaded audit rule records ptrace',
            remedy: '-a always,exit -F arch=b64 -S ptrace -F key=sigmond',
          },
        ],
      },
    ]);
  });

  it('tells all of the rules that are named', async (t) => {
    const path = await folder(t, { 'a.yml': added, 'b.yml': hashed, 'c.yml': traced });
    const { stdout } = await verdict(uuid('added'), join(path, 'b.yml'), '--rules', path);
    assert.equal(
      stdout,
      `A rule
  ${uuid('added')}
  can fire here

A rule
  ${uuid('hashed')}
  cannot fire here
  - no process_creation event here has the field Company
`,
    );
  });

  it('takes placeholders from the configuration', async (t) => {
    const text = ruleText("sel: {Image|expand: '%shells%'}\ncondition: sel", {
      id: uuid('expand'),
      logsource: processCreation,
    });
    const path = await folder(t, { 'a.yml': text });
    const deps = {
      readConfig: async () => loadConfig('/etc/sigmond/sigmond.yaml', 'rules: {placeholders: {shells: [/bin/sh]}}'),
      noColor: false,
      readTelemetry: async () => bareHost,
    };
    const { stdout, stderr } = await runCommand((io) => rulesVerdictCommand(io, deps), ['verdict', '--rules', path]);
    assert.match(stdout, /^1 rule: /);
    assert.equal(stderr, '');
  });

  it('says which name is none', async (t) => {
    const path = await folder(t, { 'a.yml': added });
    const { stdout, stderr, exitCode } = await verdict(uuid('added'), 'other', '--rules', path);
    assert.deepEqual([stdout, exitCode], ['', 64]);
    assert.equal(stderr, "'other' is no id, file or part of a title of the rules loaded\n");
  });

  it('exits 78 only where no rule could be loaded, and says what is wrong', async (t) => {
    const path = await folder(t, { 'a.yml': added, 'b.yml': 'title: x\n' });
    const some = await verdict('--rules', path);
    assert.equal(some.exitCode, 0);
    assert.match(some.stderr, /b\.yml:1:1: a rule needs a 'logsource'/);
    assert.equal((await verdict('--rules', join(path, 'b.yml'))).exitCode, 78);
  });
});

describe('what a host tells', () => {
  it('is taken from the configuration', () => {
    const yaml = `sources:
  audit_log: {enabled: false}
  proc_scan: {enabled: false}
  logs: [{path: /var/log/auth.log, service: [sshd, sudo]}]
`;
    const { auditLog, auditRules, scansProc, logs } = configuredTelemetry(
      loadConfig('/etc/sigmond/sigmond.yaml', yaml),
    );
    assert.deepEqual([auditLog, auditRules, scansProc], [undefined, undefined, false]);
    assert.deepEqual(logs, [
      { path: '/var/log/auth.log', product: 'linux', services: ['sshd', 'sudo'], state: 'readable' },
    ]);
  });

  it('and from the files that it names', async (t) => {
    const path = await folder(t, { 'auth.log': '' });
    const yaml = `sources:
  audit_log: {path: audit.log}
  logs: [{path: auth.log, service: sshd}, {path: cron.log, service: cron}]
`;
    const { auditLog, logs } = await readTelemetry(loadConfig(join(path, 'sigmond.yaml'), yaml));
    assert.deepEqual(auditLog, { path: join(path, 'audit.log'), state: 'missing' });
    assert.deepEqual(
      logs.map(({ state }) => state),
      ['readable', 'missing'],
    );
    await writeFile(join(path, 'audit.log'), '');
    const then = await readTelemetry(loadConfig(join(path, 'sigmond.yaml'), yaml));
    assert.equal(then.auditLog?.state, 'readable');
  });

  const refused = reasonNotToAskAudit();
  it(`and from the kernel's audit rules${refused ? ` (${refused})` : ''}`, { skip: refused }, async (t) => {
    const path = await folder(t, {});
    const watch = ['-a', 'always,exit', '-F', `dir=${path}`, '-F', 'perm=wa', '-F', 'auid=424242', '-k', 'sigmond_t'];
    execFileSync('auditctl', watch, { stdio: 'ignore' });
    try {
      const { auditRules, watchedFolders } = await readTelemetry(loadConfig('/etc/sigmond/sigmond.yaml', ''));
      assert.ok(auditRules?.some(({ keys }) => keys.includes('sigmond_t')));
      assert.ok(watchedFolders.has(path));
    } finally {
      execFileSync('auditctl', ['-d', ...watch.slice(1)], { stdio: 'ignore' });
    }
  });
});
