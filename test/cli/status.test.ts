import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { statusCommand } from '../../src/cli/status.ts';
import { type ControlServer, startControlServer } from '../../src/control/server.ts';
import type { AgentStatus } from '../../src/model/status.ts';
import { runCommand } from './support.ts';

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-status-'));
  writeFileSync(join(folder, 'sigmond.yaml'), 'state_dir: state\ncontrol: {socket: control.sock}\n');
});
after(() => rmSync(folder, { recursive: true }));

const sampleStatus: AgentStatus = {
  version: '1.2.3',
  pid: 42,
  stateDir: '',
  uptimeMs: 3_600_000,
  rules: { loaded: 18, rejected: 1, hash: 'sha256:0' },
  events: {
    seen: 1000,
    lost: 7,
    lostBy: { serialGaps: 4, incomplete: 1, kernel: 2 },
    sinceStart: { seen: 10, lost: 0 },
  },
  alerts: { raised: 3, rolledUp: 0 },
  sources: [
    { name: 'audit_log', path: '/a.log', state: 'following', lines: 6000, lagMs: 2500, torn: 1, lost: 7 },
    { name: 'proc_scan', state: 'scanning', lines: 1, lagMs: 0, torn: 0, lost: 0 },
  ],
  sinks: [{ name: 'soc', delivered: 2, pending: 1, dead: 0, dropped: 0, retries: 4, lastError: 'HTTP 503' }],
  canary: { state: 'alive', lastMs: 12.4, maxMs: 40, ageMs: 31_000 },
};

function startAgent(stateDir: string): Promise<ControlServer> {
  const json = JSON.stringify({ ...sampleStatus, stateDir });
  return startControlServer(join(folder, 'control.sock'), {
    '/status': () => ({ contentType: 'application/json', body: json }),
    '/metrics': () => ({ contentType: 'text/plain', body: 'sigmond_a 1\n' }),
  });
}

const status = (...options: readonly string[]) =>
  runCommand(
    (io) => statusCommand(io, { programFolder: folder }),
    ['status', '-c', join(folder, 'sigmond.yaml'), ...options],
  );

describe('sigmond status', () => {
  test('without an agent says so, and where it looked', async () => {
    const { stdout, stderr, exitCode } = await status('--json');
    assert.deepEqual([stdout, exitCode], ['', 1]);
    assert.equal(
      stderr,
      `no running sigmond can be asked; start it with: sigmond run\n  ${folder}/control.sock: nobody answers\n`,
    );
  });

  test('tells what the agent says, for people, as JSON and for Prometheus', async () => {
    const agent = await startAgent(join(folder, 'state'));
    try {
      assert.equal(
        (await status()).stdout,
        `sigmond 1.2.3, process 42, up 60 minutes, 18 rules, 1 rejected
program starts: 1000 seen, 7 lost (4 never came, 1 came in part, about 2 dropped by the kernel)
since the start of this process: 10 seen, 0 lost
alerts: 3 raised
source audit_log /a.log: following, 6000 lines, 3 s behind, 1 unreadable
source proc_scan: 1 program start that no audit record told of
sink soc: 2 delivered, 1 waiting; HTTP 503
canary: alive, came back in 12 ms, 31 s ago
`,
      );
      assert.deepEqual(JSON.parse((await status('--json')).stdout), {
        ...sampleStatus,
        stateDir: join(folder, 'state'),
      });
      assert.equal((await status('--metrics')).stdout, 'sigmond_a 1\n');
    } finally {
      await agent.close();
    }
  });

  test('an agent with another state folder is not the one that was meant', async () => {
    const agent = await startAgent('/var/lib/other');
    try {
      const { stderr, exitCode } = await status();
      assert.match(stderr, /whose state_dir is \/var\/lib\/other, not /);
      assert.equal(exitCode, 1);
    } finally {
      await agent.close();
    }
  });
});
