import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Alert } from '../../src/model/alert.ts';
import { execLines } from '../support/audit-lines.ts';
import { waitUntil } from '../support/wait.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
let folder: string;
let child: ChildProcessWithoutNullStreams | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-stdin-'));
  writeFileSync(
    join(folder, 'rule.yml'),
    `title: marked
id: 7f0f5a5e-0000-4000-8000-000000000031
level: high
logsource: {product: linux, category: process_creation}
detection: {sel: {CommandLine|contains: mark-}, condition: sel}
`,
  );
  writeFileSync(join(folder, 'audit.log'), '');
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly process: ChildProcessWithoutNullStreams;
  log(): string;
  readonly closed: Promise<unknown[]>;
  readonly code: Promise<number | null>;
}

async function start(args: readonly string[], sources = ''): Promise<Run> {
  writeFileSync(
    join(folder, 'sigmond.yaml'),
    `{state_dir: state, rules: {paths: [rule.yml]}, sinks: [{type: file, path: alerts.jsonl}],
      sources: {audit_log: {path: audit.log, start: beginning}, proc_scan: {enabled: false}${sources}}}`,
  );
  const started = spawn(process.execPath, [
    '--import',
    'tsx',
    main,
    'run',
    '-c',
    join(folder, 'sigmond.yaml'),
    ...args,
  ]);
  child = started;
  let log = '';
  started.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  started.stdout.resume();
  started.stdin.on('error', () => undefined);
  const closed = once(started, 'close');
  return { process: started, log: () => log, closed, code: closed.then(([code]) => code as number | null) };
}

const exec = (serial: number, mark = `mark-${serial}`): readonly string[] =>
  execLines({ serial, execve: `argc=2 a0="ls" a1="${mark}"` });
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function commandLines(): readonly string[] {
  if (!existsSync(join(folder, 'alerts.jsonl'))) return [];
  const lines = readFileSync(join(folder, 'alerts.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => String((JSON.parse(line) as Alert).event.fields['CommandLine']));
}
const marks = (count: number) => Array.from({ length: count }, (_, index) => `ls mark-${index + 1}`);

test('what is piped in raises its alerts, the last and unfinished event too, and the end of it is the end', {
  timeout: 60_000,
}, async () => {
  writeFileSync(join(folder, 'audit.log'), textOf(exec(999)));
  const { process: daemon, code, log } = await start(['--stdin', '--announce']);
  const all = Array.from({ length: 2000 }, (_, index) => exec(index + 1));
  daemon.stdin.write(textOf(all.flat()));
  daemon.stdin.end(textOf(exec(2001)).slice(0, -20));
  assert.equal(await code, 0, log());
  assert.deepEqual(commandLines(), marks(2001));
  assert.match(log(), /watching {2}audit: the records that come on standard input/);
});

test('records after SIGTERM are still taken, as auditd writes them, and then it ends although nobody closes the pipe', {
  timeout: 60_000,
}, async () => {
  const { process: daemon, code, log } = await start(['--stdin']);
  daemon.stdin.write(textOf(exec(1)));
  await waitUntil(() => commandLines().length === 1, 'the first alert', 30_000);
  daemon.kill('SIGHUP');
  await waitUntil(() => log().includes('rules reloaded'), 'the reload');
  daemon.kill('SIGTERM');
  await waitUntil(() => log().includes('"stopping"'), 'the signal to arrive');
  daemon.stdin.write(textOf(exec(2)));
  assert.equal(await code, 0);
  assert.deepEqual(commandLines(), marks(2));
});

test('the log is read beside it where that is said, and each event comes once', { timeout: 60_000 }, async () => {
  for (const [args, sources] of [
    [['--stdin', '--audit-log', join(folder, 'audit.log')], ''],
    [[], ', standard_input: {enabled: true}'],
  ] as const) {
    rmSync(join(folder, 'alerts.jsonl'), { force: true });
    rmSync(join(folder, 'state'), { recursive: true, force: true });
    writeFileSync(join(folder, 'audit.log'), textOf([exec(1), exec(2)].flat()));
    const { process: daemon, code } = await start(args, sources);
    daemon.stdin.write(textOf([exec(2), exec(3)].flat()));
    await waitUntil(() => commandLines().length >= 3, 'the alerts', 30_000);
    daemon.stdin.end();
    assert.equal(await code, 0);
    assert.deepEqual(commandLines().toSorted(), marks(3));
  }
});
