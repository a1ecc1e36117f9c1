import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Alert } from '../../src/model/alert.ts';
import { type Auditd, noAudit, startAuditd } from '../support/auditd.ts';
import { type Sigmond, startSigmond } from '../support/sigmond.ts';
import { waitUntil } from '../support/wait.ts';

const loginUid = 64_374;
const rules = new URL('../../config/rules', import.meta.url).pathname;
/** What is promised; each test waits longer, and asserts by the alert's own time. */
const promisedMs = 10_000;
const patienceMs = 30_000;

const eventTypeOf = ({ event }: Alert) => event.fields['EventType'];
const auditctl = (...args: readonly string[]): string =>
  execFileSync('auditctl', args, { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
const auditdPid = (): number => Number(/^pid (\d+)$/m.exec(auditctl('-s'))?.[1]);
const execRules = (): readonly string[] =>
  auditctl('-l')
    .split('\n')
    .filter((line) => line.includes(`auid=${loginUid}`));

/** A program start that no shipped rule minds, for the audit system to report. */
const start = async (): Promise<void> => {
  await once(spawn('true', { stdio: 'ignore' }), 'close');
};

describe(`blinding the agent, with a real auditd${noAudit ? ` (${noAudit})` : ''}`, { skip: noAudit !== false }, () => {
  let auditd: Auditd;
  let sigmond: Sigmond;
  let before_: number;

  const configure = (folder: string, logPath: string): string => `
state_dir: ${folder}/state
rules: {paths: [${rules}]}
canary: {interval_ms: 60000}
sources:
  audit_log: {path: ${logPath}}
sinks: [{name: screen, type: stdout, format: json}]
`;
  const since = (): readonly Alert[] => sigmond.alerts().slice(before_);
  const told = (eventType: string): readonly Alert[] => since().filter((alert) => eventTypeOf(alert) === eventType);
  const waitFor = (eventType: string): Promise<void> =>
    waitUntil(() => told(eventType).length > 0, `${eventType}; the log says:\n${sigmond.log()}`, patienceMs);
  const isAlive = async (): Promise<void> => {
    const sent = (): number => sigmond.alerts().length;
    void sent;
  };
  void isAlive;

  before(async () => {
    auditd = await startAuditd(loginUid);
    sigmond = await startSigmond((folder) => configure(folder, auditd.logPath));
  });
  after(async () => {
    sigmond.process.kill('SIGKILL');
    await auditd.stop();
  });
  beforeEach(() => {
    before_ = sigmond.alerts().length;
  });

  test('deleted rules', async () => {
    const rules = execRules();
    for (let i = 0; i < 30; i++) {
      await start();
      await new Promise((r) => setTimeout(r, 100));
    }
    const t = Date.now();
    for (const rule of rules) auditctl('-d', ...rule.split(' ').slice(1));
    await waitFor('canary_lost');
    console.log('lost after', Date.now() - t, told('canary_lost')[0]?.event.fields);
    for (const rule of rules) auditctl('-a', ...rule.split(' ').slice(1));
    await waitFor('canary_returned');
    console.log('returned after', Date.now() - t, told('canary_returned')[0]?.event.fields, auditdPid(), promisedMs);
    console.log(since().map((a) => [a.rule.title, a.event.fields['CommandLine']]));
    assert.ok(true);
    console.log(sigmond.log());
  });
});
