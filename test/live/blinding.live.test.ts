import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, afterEach, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { type Agent, startAgent } from '../../src/agent.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Alert } from '../../src/model/alert.ts';
import { type Auditd, noAudit, startAuditd } from '../support/auditd.ts';
import { createKeptLogger } from '../support/kept-logger.ts';
import { sinkDeps } from '../support/sinks.ts';
import { waitUntil } from '../support/wait.ts';

const loginUid = 64_374;
const shippedRules = new URL('../../config/rules', import.meta.url).pathname;
/** What is promised from the deed to the alert. */
const promisedMs = 10_000;
const patienceMs = 30_000;
/** It sees each exec that is not known for the agent's own, as an event and as records. */
const canaryRules = `title: Canary
id: 7f0f5a5e-0000-4000-8000-000000000021
logsource: {product: linux, category: process_creation}
detection: {sel: {CommandLine|startswith: sigmond-canary}, condition: sel}
---
title: Canary's record
id: 7f0f5a5e-0000-4000-8000-000000000022
logsource: {product: linux, service: auditd}
detection: {sel: {type: EXECVE, a0|startswith: sigmond-canary}, condition: sel}
`;
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

describe(`blinding the agent, with a real auditd${noAudit ? ` (${noAudit})` : ''}`, { skip: noAudit !== false }, () => {
  let folder: string;
  let auditd: Auditd;
  let agent: Agent;
  let alerts: readonly Alert[] = [];
  /** The one that a test has started in place of the first. */
  let ownAuditd: ChildProcess | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sigmond-blinding-'));
    auditd = await startAuditd(loginUid);
    writeFileSync(join(folder, 'canary.yml'), canaryRules);
    const text = `
state_dir: ${folder}/state
rules: {paths: [${shippedRules}, canary.yml]}
sources:
  audit_log: {path: ${auditd.logPath}}
sinks: [{name: local, type: file, path: ${folder}/alerts.jsonl}]
`;
    agent = await startAgent(loadConfig(join(folder, 'sigmond.yaml'), text), {
      ...sinkDeps({ pid: process.pid }),
      stdin: new PassThrough(),
      logger: createKeptLogger(),
      onAlert(alert) {
        alerts = [...alerts, alert];
      },
    });
  });
  after(async () => {
    await agent.stop();
    assert.deepEqual(namesOfChildren(), [], 'no child is left');
    ownAuditd?.kill('SIGTERM');
    await auditd.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await waitUntil(() => agent.canary.state === 'alive', 'a canary that comes back', patienceMs);
    alerts = [];
  });
  afterEach((context) => {
    const { lastMs, maxMs } = agent.canary;
    (context as TestContext).diagnostic(`canary: last ${lastMs?.toFixed(1)} ms, slowest ${maxMs?.toFixed(1)} ms`);
  });

  const titles = (): readonly string[] => alerts.map(({ rule }) => rule.title);
  const told = (eventType: string): Alert | undefined =>
    alerts.find(({ event }) => event.fields['EventType'] === eventType);

  const sum = (eventType: string, field: string): number =>
    alerts
      .filter(({ event }) => event.fields['EventType'] === eventType)
      .reduce((total, { event }) => total + Number(event.fields[field]), 0);

  /** Waits for the alert that the canary is lost, does what brings it back, and waits for that. */
  async function expectLost(context: TestContext, reason: string, restore: () => void): Promise<void> {
    const beganMs = Date.now();
    await waitUntil(() => told('canary_lost') !== undefined, `an alert; there are ${titles()}`, patienceMs);
    const lost = told('canary_lost');
    context.diagnostic(`alert after ${Date.now() - beganMs} ms (${promisedMs} are promised)`);
    assert.equal(lost?.event.fields['Reason'], reason);
    assert.equal(lost?.rule.level, 'high');
    assert.equal(agent.canary.state, 'lost');
    restore();
    await waitUntil(() => told('canary_returned') !== undefined, `its return; there are ${titles()}`, patienceMs);
    assert.equal(agent.canary.state, 'alive');
    assert.equal(titles().filter((title) => title === 'Audit System Blinded').length, 1);
    assert.ok(!titles().some((title) => title.startsWith('Canary')));
  }

  function startOwnAuditd(): void {
    // It ends with this process, whatever happens to it.
    const args = ['--pdeathsig', 'TERM', 'auditd', '-n', '-c', dirname(auditd.logPath)];
    ownAuditd = spawn('setpriv', args, { env, stdio: 'ignore' });
  }

  test('the canary comes back, and is nothing for rules; who imitates it is', async () => {
    const log = readFileSync(auditd.logPath, 'latin1');
    assert.match(log, /a0="sigmond-canary-[0-9a-f]{32}" a1="-s"/);
    assert.equal(agent.counters.read()['canary_lost_total'], 0);
    assert.deepEqual(titles(), []);
    // The agent is this process, so its parent is the right one too.
    spawnSync('auditctl', ['-s'], { env, argv0: `sigmond-canary-${'0'.repeat(32)}` });
    await waitUntil(() => titles().length === 2, `alerts; there are ${titles()}`, patienceMs);
    assert.deepEqual(titles(), ['Canary', "Canary's record"]);
  });

  test('the rules are deleted, and loaded again', async (context) => {
    const rules = execRules();
    assert.ok(rules.length > 0);
    for (const rule of rules) auditctl('-d', ...rule);
    try {
      await expectLost(context, 'exec_rules_removed', () => rules.forEach((rule) => void auditctl('-a', ...rule)));
    } finally {
      if (execRules().length === 0) for (const rule of rules) auditctl('-a', ...rule);
    }
    assert.ok(titles().includes('Audit Rule for Program Starts Removed'));
    // Each is told by one rule only.
    const ofExecs = alerts.filter(({ event }) => event.fields['key'] === 'sigmond_exec');
    assert.deepEqual(
      ofExecs.map(({ rule }) => rule.title),
      rules.map(() => 'Audit Rule for Program Starts Removed'),
    );
  });

  test('an exception for one program leaves the canary alive, and is told', async () => {
    const exception = ['never,exit', '-F', 'arch=b64', '-S', 'execve', '-F', 'exe=/usr/bin/true'];
    auditctl('-A', ...exception);
    try {
      await waitUntil(() => told('audit_rules_weakened') !== undefined, `an alert; there are ${titles()}`, patienceMs);
    } finally {
      auditctl('-d', ...exception);
    }
    const fields = told('audit_rules_weakened')?.event.fields;
    assert.match(String(fields?.['Exceptions']), /never,exit.*exe=\/usr\/bin\/true/);
    assert.equal(agent.canary.state, 'alive');
  });

  test('auditing is switched off, and on again', async (context) => {
    auditctl('-e', '0');
    try {
      await expectLost(context, 'audit_disabled', () => void auditctl('-e', '1'));
    } finally {
      auditctl('-e', '1');
    }
    assert.ok(titles().includes('Auditing Switched Off'));
  });

  test('auditd is held by SIGSTOP', async (context) => {
    const pid = auditdPid();
    process.kill(pid, 'SIGSTOP');
    try {
      await expectLost(context, 'auditd_stopped', () => void process.kill(pid, 'SIGCONT'));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  test('the kernel loses records, and their number is told', async () => {
    const pid = auditdPid();
    const lostBefore = numberOf('lost');
    const limit = numberOf('backlog_limit');
    process.kill(pid, 'SIGSTOP');
    try {
      auditctl('-b', '64');
      for (let n = 0; n < 60; n++) spawnSync('true', { env });
    } finally {
      process.kill(pid, 'SIGCONT');
      auditctl('-b', String(limit));
    }
    await waitUntil(() => told('kernel_lost') !== undefined, `an alert; there are ${titles()}`, patienceMs);
    await waitUntil(() => sum('kernel_lost', 'Records') === numberOf('lost') - lostBefore, 'all of them', patienceMs);
    assert.ok(titles().includes('Kernel Lost Audit Records'));
    const { lostBy } = agent.status().events;
    assert.ok(lostBy.kernel + lostBy.incomplete > 0);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`auditd is ended by ${signal}, and started again`, async (context) => {
      process.kill(auditdPid(), signal);
      let isStarted = false;
      const restart = (): void => {
        startOwnAuditd();
        isStarted = true;
      };
      try {
        await expectLost(context, 'auditd_gone', restart);
      } finally {
        if (!isStarted) restart();
      }
    });
  }

  test('a restart of auditd does not lose the canary', async () => {
    const ended = once(ownAuditd ?? assert.fail('a test before this one started it'), 'close');
    process.kill(auditdPid(), 'SIGTERM');
    await ended;
    startOwnAuditd();
    const sinceMs = performance.now();
    const ageMs = (): number => agent.canary.ageMs ?? Number.POSITIVE_INFINITY;
    await waitUntil(() => ageMs() < performance.now() - sinceMs, 'a canary since then', patienceMs);
    // It was ended by this process, not by process 1.
    assert.ok(titles().includes('Auditing Switched Off'));
    assert.equal(told('canary_lost') ?? told('log_deleted') ?? told('log_replaced'), undefined);
  });

  test('a listener on audit records is told of', async () => {
    const join1 = 'import socket; socket.socket(16, 3, 9).setsockopt(270, 1, 1)';
    assert.equal(spawnSync('python3', ['-c', join1], { env }).status, 0);
    await waitUntil(() => titles().includes('New Listener on Audit Records'), 'the alert', patienceMs);
    assert.match(String(alerts[0]?.event.fields['exe']), /python/);
  });

  test('a rotation by auditd is no alert; a truncated and a deleted log are', async () => {
    process.kill(auditdPid(), 'SIGUSR1');
    const rotated = (): boolean => readdirSync(dirname(auditd.logPath)).includes('audit.log.1');
    await waitUntil(rotated, 'the rotation', patienceMs);
    spawnSync('true');
    await waitUntil(() => readFileSync(auditd.logPath).length > 2000, 'records in the new file', patienceMs);
    // The file before it is older than this one by now, and no copy of it.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(told('log_truncated') ?? told('log_deleted') ?? told('log_replaced'), undefined);
    spawnSync('true');
    await new Promise((resolve) => setTimeout(resolve, 1500));

    truncateSync(auditd.logPath);
    await waitUntil(() => told('log_truncated') !== undefined, `an alert; there are ${titles()}`, patienceMs);
    unlinkSync(auditd.logPath);
    await waitUntil(() => told('log_deleted') !== undefined, `an alert; there are ${titles()}`, patienceMs);
    assert.equal(told('log_deleted')?.rule.title, 'Audit Log Truncated or Deleted');
  });
});

function auditctl(...args: readonly string[]): string {
  return execFileSync('auditctl', args, { encoding: 'utf8', env });
}

/** A field of the kernel's status. */
function numberOf(name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(auditctl('-s'))?.[1]);
}

function auditdPid(): number {
  return numberOf('pid');
}

/** Of this test's login uid, as arguments behind -a or -d. */
function execRules(): readonly (readonly string[])[] {
  return auditctl('-l', '-k', 'sigmond_exec')
    .split('\n')
    .filter((line) => line.includes(`auid=${loginUid}`))
    .map((line) => line.split(' ').slice(1));
}

function namesOfChildren(): readonly string[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  const names = children
    .split(' ')
    .filter(Boolean)
    .map((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1').trim());
  return names.filter((name) => /canary|auditctl|true/.test(name));
}
