import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Alert } from '../../src/model/alert.ts';
import { noAudit, startAuditd } from '../support/auditd.ts';
import { startSigmond } from '../support/sigmond.ts';
import { waitUntil } from '../support/wait.ts';

const repository = new URL('../../', import.meta.url).pathname;
const shipped = (name: string): string => readFileSync(`${repository}config/audit/plugins/${name}`, 'utf8');
const loginUid = 64_377;
const execs = 100;

const rule = `title: a program of the test
id: 7f0f5a5e-0000-4000-8000-000000000021
level: high
logsource: {product: linux, category: process_creation}
detection: {sel: {CommandLine|contains: socket-mark-}, condition: sel}
`;

/** Alerts of a file, by the mark that their programs were given. */
function marksIn(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map(
    (text) => /socket-mark-\w+/.exec(String((JSON.parse(text) as Alert).event.fields['CommandLine']))?.[0] ?? '',
  );
}

/** From the launch of a program to its alert in the file, for each program in milliseconds. */
async function measure(name: string, file: string): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < execs; index++) {
    const mark = `socket-mark-${name}${index}`;
    const startedMs = performance.now();
    assert.equal(spawnSync('/bin/true', [mark]).status, 0);
    while (!(existsSync(file) && readFileSync(file, 'latin1').includes(`${mark}"`))) {
      assert.ok(performance.now() - startedMs < 10_000, `no alert for ${mark}`);
      await delay(0);
    }
    latencies.push(performance.now() - startedMs);
  }
  return latencies;
}

function diagnose(t: TestContext, what: string, latencies: readonly number[]): void {
  const sorted = latencies.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  t.diagnostic(`launch to alert in a file, ${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

const marks = (name: string) => Array.from({ length: execs }, (_, index) => `socket-mark-${name}${index}`).sort();

describe(`auditd's plugins with a real auditd${noAudit ? ` (${noAudit})` : ''}`, { skip: noAudit !== false }, () => {
  test('by the socket and the log, by the log alone, and as a plugin of auditd: each exec once', {
    timeout: 400_000,
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sigmond-plugins-'));
    const events = join(folder, 'audispd_events');
    writeFileSync(join(folder, 'rule.yml'), rule);
    writeFileSync(join(folder, 'af_unix.conf'), shipped('af_unix-builtin.conf').replace(/\S*audispd_events/, events));
    // auditd starts it with an empty environment; what the shipped file cannot say is where this test's configuration is.
    mkdirSync(join(folder, 'plugin'));
    const program = join(folder, 'sigmond');
    writeFileSync(
      program,
      `#!/bin/sh\nenv >${folder}/plugin/env; pwd >${folder}/plugin/cwd
exec ${repository}bin/sigmond "$@" -c ${folder}/plugin/sigmond.yaml 2>${folder}/plugin/log\n`,
      { mode: 0o750 },
    );
    writeFileSync(join(folder, 'sigmond.conf'), shipped('sigmond.conf').replace('/usr/bin/sigmond', program));
    const inPlugin = join(folder, 'plugin/alerts.jsonl');
    const sources = '{proc_scan: {enabled: false}}';
    writeFileSync(
      join(folder, 'plugin/sigmond.yaml'),
      `{state_dir: state, rules: {paths: ['${folder}/rule.yml']}, sources: ${sources}, sinks: [{type: file, path: alerts.jsonl}]}`,
    );
    const auditd = await startAuditd(loginUid, [], [join(folder, 'af_unix.conf'), join(folder, 'sigmond.conf')]);
    const start = (audit: string) =>
      startSigmond(
        (own) => `
state_dir: ${own}/state
rules: {paths: [${folder}/rule.yml]}
sources: {audit_log: {path: ${auditd.logPath}}, proc_scan: {enabled: false}, ${audit}}
sinks: [{type: file, path: ${own}/alerts.jsonl}]
`,
      );
    const running: Awaited<ReturnType<typeof start>>[] = [];
    try {
      await waitUntil(() => existsSync(events), "auditd's socket");
      await waitUntil(() => readFileSync(join(folder, 'plugin/log'), 'utf8').includes('"watching"'), 'the plugin');
      const both = await start(`audit_socket: {enabled: true, path: ${events}}`);
      running.push(both);
      assert.equal(spawnSync('/bin/true', ['socket-mark-first']).status, 0);
      await waitUntil(() => both.log().includes("auditd's socket is read"), `the socket to be read: ${both.log()}`);
      diagnose(t, 'by the socket', await measure('s', join(both.folder, 'alerts.jsonl')));

      const second = createConnection(events);
      const late = await start(`audit_socket: {enabled: true, path: ${events}}`);
      running.push(late);
      await waitUntil(() => late.log().includes('serves another reader'), `the second reader: ${late.log()}`);
      second.destroy();
      diagnose(t, 'by the log', await measure('l', join(late.folder, 'alerts.jsonl')));

      const expected = ['socket-mark-first', ...marks('l'), ...marks('s')].sort();
      await delay(500);
      assert.deepEqual(marksIn(join(both.folder, 'alerts.jsonl')).toSorted(), expected);
      assert.deepEqual(marksIn(join(late.folder, 'alerts.jsonl')).toSorted(), marks('l'));
      await waitUntil(() => marksIn(inPlugin).length >= expected.length, 'the alerts of the plugin');
      assert.deepEqual(marksIn(inPlugin).toSorted(), expected);
      diagnose(t, 'as a plugin of auditd', await measure('p', inPlugin));
      assert.equal(readFileSync(join(folder, 'plugin/cwd'), 'utf8'), '/\n');

      assert.equal(await both.stop(), 0);
      const duplicates = Number(/"audit_duplicate_events_total":(\d+)/.exec(both.log())?.[1]);
      assert.ok(duplicates >= 2 * execs, `${duplicates} copies were dropped`);
    } finally {
      await auditd.stop();
      for (const { process } of running) process.kill('SIGKILL');
      await waitUntil(
        () => readFileSync(join(folder, 'plugin/log'), 'utf8').includes('"stopping"'),
        'the plugin to end with auditd',
      );
      rmSync(folder, { recursive: true });
    }
  });
});
