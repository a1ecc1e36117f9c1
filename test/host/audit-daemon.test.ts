import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { processState, readAuditdPid } from '../../src/host/audit-daemon.ts';
import { waitUntil } from '../support/wait.ts';

test('a process that runs, is stopped, goes on and is killed', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const pid = child.pid ?? assert.fail('it runs');
  assert.equal(processState(pid), 'running');
  child.kill('SIGSTOP');
  await waitUntil(() => processState(pid) === 'stopped', 'it to stop');
  child.kill('SIGCONT');
  await waitUntil(() => processState(pid) === 'running', 'it to go on');
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal(processState(pid), 'gone');
});

test('a name may hold anything, and who waits to be reaped is gone', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'sigmond-proc-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [pid, letter] of [
    [1, 'S'],
    [7, 'S'],
    [8, 'Z'],
    [9, 't'],
  ] as const) {
    mkdirSync(join(root, String(pid)));
    writeFileSync(join(root, `${pid}/stat`), `${pid} (a) T (b) ${letter} 1 7 7 0`);
  }
  assert.deepEqual(
    [7, 8, 9, 10].map((pid) => processState(pid, root)),
    ['running', 'gone', 'stopped', 'gone'],
  );
});

test('nothing is known of a process where /proc hides those of others', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'sigmond-proc-'));
  t.after(() => rmSync(root, { recursive: true }));
  assert.equal(processState(7, root), undefined);
});

test("auditd's pid from its file", (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-pid-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'auditd.pid');
  assert.equal(readAuditdPid(path), undefined);
  for (const [text, pid] of [
    ['812\n', 812],
    ['', undefined],
    ['none', undefined],
  ] as const) {
    writeFileSync(path, text);
    assert.equal(readAuditdPid(path), pid, text);
  }
});
