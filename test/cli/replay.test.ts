import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommandIo } from '../../src/cli/io.ts';
import { replayCommand } from '../../src/cli/replay.ts';
import type { Alert } from '../../src/model/alert.ts';
import { SourceError } from '../../src/model/errors.ts';
import { correlationNamed } from '../correlation/support.ts';
import { folder, ruleText, uuid, withUuids } from '../sigma/support.ts';
import { execLines, syscallBody } from '../support/audit-lines.ts';
import { splitExecve } from '../support/execve-records.ts';
import { toHex } from '../support/render-record.ts';
import { parseLines, runReplay } from '../support/replay.ts';
import { runCommand } from './support.ts';

const root = new URL('../../', import.meta.url).pathname;
const fixtures = join(root, 'test/fixtures/replay/');
const rules = join(fixtures, 'rules');
const script = join(fixtures, 'script-exec.log');
const shell = join(fixtures, 'reverse-shell.log');
const events = ['--rules', rules, '--output', 'events'];

interface EventLine {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

test('several files are read oldest first, whatever the order of the arguments', async () => {
  const one = await runReplay([...events, script, shell]);
  const other = await runReplay([...events, shell, script]);
  assert.deepEqual(other, one);
  assert.equal(one.exitCode, 0);
  const ids = new Set(parseLines<EventLine>(one.stdout).map(({ id }) => id));
  assert.deepEqual([...ids], [...ids].sort());
});

test('a file without a record is read last, and does no harm', async (t) => {
  const path = await folder(t, { 'empty.log': '', 'notes.log': 'nothing\n' });
  const { stdout, stderr } = await runReplay([...events, join(path, 'notes.log'), join(path, 'empty.log'), script]);
  assert.equal(stdout, (await runReplay([...events, script])).stdout);
  assert.equal(stderr, '1 lines that are no audit record\n');
});

test('standard input is read without a file, and as -', async () => {
  const file = await runReplay([...events, script]);
  const input = [await readFile(script)];
  assert.deepEqual(await runReplay(events, input), file);
  assert.deepEqual(await runReplay([...events, '-'], input), file);
});

test('bytes may arrive in any pieces', async () => {
  const bytes = await readFile(script);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(7 * n, 7 * (n + 1)));
  assert.deepEqual(await runReplay(events, pieces), await runReplay([...events, script]));
});

test('no newline at the end, CRLF, and an event without its end marker', async () => {
  const text = await readFile(script, 'latin1');
  const expected = await runReplay([...events, script]);
  assert.deepEqual(await runReplay(events, [Buffer.from(text.trimEnd(), 'latin1')]), expected);
  assert.deepEqual(await runReplay(events, [Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')]), expected);
  const [first] = parseLines<EventLine>((await runReplay(events, [execLines({ proctitle: '' }).join('\n')])).stdout);
  assert.equal(first?.fields['CommandLine'], 'ls -l');
});

test('rules given instead take their placeholders from the configuration', async (t) => {
  const detection = "sel: {Image|expand: '%Tools%'}\ncondition: sel";
  const path = await folder(t, {
    'a.yml': ruleText(detection, { id: uuid('a') }),
    'sigmond.conf': 'rules: {placeholders: {Tools: [/usr/bin/l?]}}\n',
  });
  const input = [execLines({ proctitle: '' }).join('\n')];
  const { stdout, stderr } = await runReplay(['-c', join(path, 'sigmond.conf'), '--rules', path], input);
  assert.deepEqual(
    parseLines<{ rule: { id: string } }>(stdout).map(({ rule }) => rule.id),
    [uuid('a')],
    stderr,
  );
});

test('an empty input is an empty output', async () => {
  assert.deepEqual(await runReplay(events, []), { stdout: '', stderr: '', exitCode: 0 });
});

test('a binary file is counted, not read into', async (t) => {
  const path = await folder(t, {});
  const file = join(path, 'audit.log');
  await writeFile(file, Buffer.concat([randomBytes(1_000_000), Buffer.alloc(200_000), Buffer.from('\n')]));
  const { stdout, stderr, exitCode } = await runReplay([...events, file]);
  assert.equal(stdout, '');
  assert.match(stderr, /^\d+ lines that are no audit record\n$/);
  assert.equal(exitCode, 0);
});

test('an input that cannot be read is named with the reason', async (t) => {
  const path = await folder(t, {});
  await mkdir(join(path, 'a-folder'));
  for (const [name, reason] of [
    ['missing.log', /missing\.log cannot be read: ENOENT/],
    ['a-folder', /a-folder cannot be read: EISDIR/],
  ] as const) {
    for (const others of [[], [script]]) {
      await assert.rejects(runReplay([...events, join(path, name), ...others]), (error) => {
        assert.ok(error instanceof SourceError);
        assert.match(error.message, reason);
        return true;
      });
    }
  }
});

test('rules that do not load are named, and the others count', async (t) => {
  const path = await folder(t, { 'good.yml': readFileSync(join(rules, 'shell.yml'), 'utf8'), 'bad.yml': 'title: [' });
  const { stdout, stderr, exitCode } = await runReplay(['--rules', path, shell]);
  assert.match(stderr, /bad\.yml:1:\d+: /);
  assert.equal(parseLines(stdout).length, 1);
  assert.equal(exitCode, 0);
});

test('what is not as it should be is said at the end', async () => {
  const lines = [
    ...execLines({ execve: 'argc=2 a0="x" a1_len=9 a1[0]="abc"' }),
    ...execLines().slice(2, 3),
    'garbage',
    'x'.repeat(100_000),
  ];
  const { stderr } = await runReplay(events, [lines.join('\n')]);
  assert.deepEqual(stderr.trimEnd().split('\n').sort(), [
    '1 exec events with something missing',
    '1 records that came after their event was closed',
    '2 lines that are no audit record',
  ]);
});

test('a table has a line for each alert and cannot act on a terminal', async (t) => {
  const path = await folder(t, { 'any.yml': readFileSync(join(rules, 'terminal.yml'), 'utf8') });
  const evil = `\x1b[2Jimport pty spawn\nTIME\r\x9b31m\u202e${'long '.repeat(100)}`;
  const lines = execLines({
    syscall: syscallBody({ exe: '"/usr/bin/python3"' }),
    execve: `argc=2 a0="python3" a1=${toHex(Buffer.from(evil, 'utf8').toString('latin1'))}`,
  });
  const { stdout } = await runReplay(['--rules', path, '--output', 'table'], [`${lines.join('\n')}\n`]);
  const [header = '', row = '', ...rest] = stdout.split('\n');
  assert.deepEqual(rest, ['']);
  assert.match(header, /^TIME +LEVEL +RULE +USER +COMMAND$/);
  assert.match(
    row,
    /^2026-11-24T03:11:33\.399Z +high +Golden, a Terminal From a One-Liner +root +python3 \\x1b\[2Jimport pty/,
  );
  assert.equal(row.indexOf('python3'), header.indexOf('COMMAND'));
  assert.doesNotMatch(row, /[\p{Cc}\p{Cf}]/u);
  assert.ok(row.endsWith('…'));
});

/** The program itself, run from source. */
function start(
  args: readonly string[],
): ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream } {
  const main = join(root, 'src/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'replay', '--rules', rules, ...args], { cwd: root });
  child.stdin.on('error', (error: NodeJS.ErrnoException) => assert.equal(error.code, 'EPIPE'));
  return child;
}

async function finish(child: ChildProcess): Promise<{ readonly code: unknown; readonly stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

test('exit codes of the program: 1 for what cannot be read, 64 for what is no output', {
  timeout: 60_000,
}, async () => {
  const missing = start(['/no/such/audit.log']);
  assert.deepEqual(await finish(missing), {
    code: 1,
    stderr: "/no/such/audit.log cannot be read: ENOENT: no such file or directory, stat '/no/such/audit.log'\n",
  });
  const bad = await finish(start(['--output', 'xml', script]));
  assert.equal(bad.code, 64);
  assert.match(bad.stderr, /alerts, events, table/);
});

test('when nobody reads its output any more it ends quietly, though input goes on', { timeout: 60_000 }, async () => {
  const child = start(['--output', 'events', '-']);
  const done = finish(child);
  const feeding = feed(child.stdin, eventTexts(Number.POSITIVE_INFINITY), done);
  await once(child.stdout, 'data');
  (child.stdout as unknown as { destroy(): void }).destroy();
  assert.deepEqual(await done, { code: 0, stderr: '' });
  await feeding;
});

test('pipes are read like files, in the order of the arguments', { timeout: 60_000 }, async () => {
  const program = `exec "$0" --import tsx src/main.ts replay --rules "$1" --output events <(cat "$2") "$3"`;
  const child = spawn('bash', ['-c', program, process.execPath, rules, script, shell], { cwd: root });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const { code, stderr } = await finish(child);
  assert.deepEqual({ stdout, stderr, exitCode: code }, await runReplay([...events, script, shell]));
});

/** It takes 230 MB, most of which is Node, the compiler of the test run and the window of events looked ahead. */
const maxResidentKiB = 400_000;

test('100 MB pass through in bounded memory', { timeout: 120_000 }, async () => {
  const child = start(['--output', 'alerts', '-']);
  child.stdout.resume();
  const done = finish(child);
  await feed(child.stdin, eventTexts(100_000_000), done);
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  child.stdin.end();
  assert.deepEqual(await done, { code: 0, stderr: '' });
  const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  assert.ok(peakKiB < maxResidentKiB, `${peakKiB} KiB`);
});

/** Events of all sizes, with a serial of their own each, until they have this many bytes. */
function* eventTexts(bytes: number): Generator<string> {
  const long = execLines({ execve: '' });
  const records = splitExecve(['/bin/echo', 'x'.repeat(131_071)]);
  const execve = records.map((body) => `type=EXECVE msg=audit(1795489893.399:1): ${body}`);
  const [syscall = '', ...others] = long;
  const shapes = [execLines().join('\n'), execLines().join('\n'), [syscall, ...execve, ...others].join('\n')];
  for (let serial = 1, written = 0; written < bytes; serial++) {
    // Every hundredth is a long one.
    const shape = shapes[serial % 100 === 0 ? 2 : 0] ?? '';
    const text = `${shape.replaceAll('.399:1)', `.399:${serial})`)}\n`;
    written += text.length;
    yield text;
  }
}

/** Writes as fast as it is taken, until the program has ended. */
async function feed(stdin: NodeJS.WritableStream, texts: Iterable<string>, ended: Promise<unknown>): Promise<void> {
  let over = false;
  const end = ended.then(() => {
    over = true;
  });
  for (const text of texts) {
    if (over) return;
    if (!stdin.write(text)) await Promise.race([once(stdin, 'drain').catch(() => undefined), end]);
  }
}

test('text logs are replayed as lines of their services, and no audit log is waited for', async (t) => {
  const path = await folder(t, {
    'r.yml': ruleText("keywords: ['Failed password']\ncondition: keywords", {
      logsource: 'product: linux\n  service: sshd',
    }),
    'auth.log':
      '2026-11-24T03:11:33Z web-1 sshd[1]: Failed password\n2026-11-24T03:11:34Z web-1 sudo: Failed password\n',
    'own.log': 'Failed password\n',
  });
  const args = ['--rules', join(path, 'r.yml'), '--log', `auth,sshd=${join(path, 'auth.log')}`];
  const { stdout, exitCode } = await runReplay([...args, '--log', `sshd=${join(path, 'own.log')}`]);
  assert.equal(exitCode, 0);
  const alerts = parseLines<Alert>(stdout);
  assert.deepEqual(
    alerts.map(({ event }) => [event.logsource.service, event.fields['Message']]),
    [
      ['sshd', 'Failed password'],
      ['sshd', 'Failed password'],
    ],
  );
  assert.equal(alerts[0]?.timestamp, '2026-11-24T03:11:33.000Z');
  const piped = await runReplay(['--rules', join(path, 'r.yml'), '--log', 'sshd=-'], ['Failed password\n']);
  assert.equal(parseLines(piped.stdout).length, 1);
});

for (const wrong of ['sshd', '=/var/log/auth.log', 'ss hd=/x', 'sshd=']) {
  test(`a text log that is wrong: ${wrong}`, async () => {
    const quiet = (io: CommandIo) =>
      replayCommand(io, { programFolder: root, agentVersion: '0' })
        .exitOverride()
        .configureOutput({ writeErr: () => undefined });
    await assert.rejects(runCommand(quiet, ['replay', '--log', wrong]), /SERVICE=FILE/);
  });
}

test('a correlation is an alert of the event that completes it, and says what it fired on', async (t) => {
  const path = await folder(t, {
    'r.yml': withUuids(
      `${ruleText("sel: {Image|endswith: '/ls'}\ncondition: sel", { id: uuid('a') })}---\n${correlationNamed(
        'burst',
        `type: event_count\nrules: ${uuid('a')}\ngroup-by: [CommandLine]\ntimespan: 1m\ncondition: {gte: 3}`,
      )}`,
    ),
  });
  const syscall = syscallBody({ exe: '"/usr/bin/ls"' });
  const log = [1, 2, 3].flatMap((serial) => execLines({ serial, syscall })).join('\n');
  const { stdout, stderr } = await runReplay(['--rules', join(path, 'r.yml')], [log]);
  assert.equal(stderr, '');
  const [alert, ...others] = parseLines<Alert>(stdout);
  assert.deepEqual(others, []);
  assert.equal(alert?.event.id, '1795489893.399:3');
  assert.deepEqual(alert.correlation, {
    type: 'event_count',
    groupBy: { CommandLine: 'ls -l' },
    timespanMs: 60_000,
    value: 3,
    eventCount: 3,
    events: [1, 2, 3].map((serial) => ({
      id: `1795489893.399:${serial}`,
      timestamp: '2026-11-24T03:11:33.399Z',
      rule: uuid('a'),
    })),
  });
  const table = await runReplay(['--rules', join(path, 'r.yml'), '--output', 'table'], [log]);
  assert.match(table.stdout, /event_count 3 within 1m, CommandLine=ls -l: ls -l\n$/);
});
