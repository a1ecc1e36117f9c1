import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { askAgent } from '../../src/control/client.ts';
import type { AgentStatus } from '../../src/model/status.ts';
import { type Auditd, noAudit, startAuditd } from '../support/auditd.ts';
import { type Sigmond, startSigmond } from '../support/sigmond.ts';
import { waitUntil } from '../support/wait.ts';

const loginUid = 64_378;
const starters = 2;

/** Starts programs one after the other, at some 700 a second; each start is one exec. */
const starter = `
for my $n (1..$ARGV[0]) {
  my $pid = fork // die;
  if (!$pid) { exec "/bin/true", "burst-$n" or die }
  waitpid $pid, 0;
  select undef, undef, undef, 0.0005;
}`;

/** @returns the execs that it makes, those of the starters included, and when they are done */
function burst(execs: number): { readonly execs: number; readonly done: Promise<void> } {
  const each = Math.ceil(execs / starters);
  const children = Array.from({ length: starters }, () => spawn('perl', ['-e', starter, String(each)]));
  const done = Promise.all(children.map((child) => once(child, 'close'))).then(() => undefined);
  return { execs: starters * (each + 1), done };
}

describe(`what is lost with a real auditd that rotates${noAudit ? ` (${noAudit})` : ''}`, {
  skip: noAudit !== false,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-losses-'));
  const socket = join(folder, 'control.sock');
  let auditd: Auditd;
  let sigmond: Sigmond;

  async function start(): Promise<Sigmond> {
    return startSigmond(
      () => `
state_dir: ${folder}/state
rules: {paths: [${new URL('../../config/rules', import.meta.url).pathname}]}
sources: {audit_log: {path: ${auditd.logPath}, start: beginning}}
canary: {enabled: false}
control: {socket: ${socket}}
`,
    );
  }

  async function events(): Promise<AgentStatus['events']> {
    return (JSON.parse((await askAgent(socket, '/status')) ?? 'null') as AgentStatus).events;
  }

  /** Waits until these execs are counted, each as seen or as lost, beyond what had been before. */
  async function settle(t: TestContext, before: AgentStatus['events'], execs: number): Promise<AgentStatus['events']> {
    let last = before;
    const counted = (): number => last.seen + last.lost - before.seen - before.lost;
    try {
      await waitUntil(
        async () => {
          last = await events();
          return counted() === execs;
        },
        'the sum',
        30_000,
      );
    } catch {
      assert.fail(`${execs} execs, ${counted()} counted: ${JSON.stringify(last)}`);
    }
    t.diagnostic(`${execs} execs: ${last.seen - before.seen} seen, ${last.lost - before.lost} lost`);
    return last;
  }

  before(async () => {
    auditd = await startAuditd(loginUid, [], [], '1,3');
    sigmond = await start();
  });
  after(async () => {
    await sigmond?.stop();
    await auditd?.stop();
    rmSync(folder, { recursive: true });
  });

  /** The agent's own start and what it asks other programs for are execs as well. */
  async function calm(): Promise<AgentStatus['events']> {
    let last = await events();
    for (;;) {
      await delay(4000);
      const now = await events();
      if (now.seen + now.lost === last.seen + last.lost) return now;
      last = now;
    }
  }

  test('20,000 execs, while the reader is stopped for five seconds and the log is rotated away', async (t) => {
    const start = await calm();
    const { execs, done } = burst(20_000);
    await delay(3000);
    sigmond.process.kill('SIGSTOP');
    await delay(5000);
    sigmond.process.kill('SIGCONT');
    await done;
    const end = await settle(t, start, execs);
    assert.ok(end.seen - start.seen >= 3000);
    await sigmond.waitForAlert(({ rule }) => rule.title === 'Program Starts Were Lost', 30_000);
  });

  test('kill -9 and a restart in the middle of 8,000 execs', async (t) => {
    // A start of the agent is some execs of its own: its shell, node, auditctl. How many, a quiet one tells.
    const quiet = await calm();
    await sigmond.stop();
    sigmond = await start();
    const before = await calm();
    const own = before.seen + before.lost - quiet.seen - quiet.lost;
    assert.ok(own >= 3, `${own} execs for a start`);

    const { execs, done } = burst(8000);
    await delay(2000);
    sigmond.process.kill('SIGKILL');
    await once(sigmond.process, 'close');
    const restarted = start();
    await done;
    sigmond = await restarted;
    await settle(t, before, execs + own);
  });
});
