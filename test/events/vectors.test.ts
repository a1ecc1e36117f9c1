import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { matchCommand } from '../../src/cli/match.ts';
import { readArgv } from '../../src/events/argv.ts';
import { assembleDefaults, createAssembler } from '../../src/events/assemble.ts';
import { createKnownFolders } from '../../src/events/known-folders.ts';
import { normalise } from '../../src/events/normalise.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { parseRecord } from '../../src/records/parse.ts';
import { runCommand } from '../cli/support.ts';
import { createRandom, type Random } from '../support/random.ts';
import { parseLines, runReplay, shippedRules } from '../support/replay.ts';

const shared = new URL('../../../shared/', import.meta.url).pathname;
const logPath = `${shared}vectors/audit/disk-enriched-auditd-3.0.9.log`;
const truthPath = `${shared}vectors/audit/truth.json`;
const corpusPath = `${shared}corpus/sigmahq/linux`;
const withoutShared = existsSync(logPath) ? false : '../shared is absent';
const name = (text: string): string => `${text} (needs ../shared)`;

interface Launch {
  readonly name: string;
  readonly pid: number;
  readonly ppid: number;
  readonly argv_b64?: readonly string[];
  readonly cwd?: string;
  readonly exe?: string;
  readonly expect?: string;
}

/** An exec of the log; argv as bytes. */
interface Exec {
  readonly event: SigmaEvent;
  readonly argv: readonly string[];
}

function readExecs(): { readonly execs: readonly Exec[]; readonly counts: Readonly<Record<string, number>> } {
  const counters = createCounters();
  const late = counters.counter('late');
  const context = {
    users: { name: () => undefined },
    folders: createKnownFolders(),
    wants: () => false,
    incomplete: counters.counter('incomplete'),
    failedExecs: counters.counter('failed'),
    unnamed: counters.counter('unnamed'),
  };
  const execs: Exec[] = [];
  const assembler = createAssembler(
    (audit) => {
      const argv = readArgv(
        audit.records.filter(({ type }) => type === 'EXECVE'),
        true,
      );
      for (const event of normalise(audit, context)) execs.push({ event, argv: argv.argv });
    },
    assembleDefaults,
    late,
  );
  for (const text of logText().split('\n')) {
    const record = parseRecord(text);
    if (!('torn' in record)) assembler.push(record, 0, 0);
  }
  assembler.flush();
  return { execs, counts: counters.read() };
}

function logText(): string {
  return readFileSync(logPath, 'latin1');
}

/** Launches whose argv the kernel replaced by their interpreter's (F23), and what it is then. */
const scripts: Readonly<Record<string, (argv: readonly string[]) => readonly string[]>> = {
  'shebang-arg': (argv) => ['/bin/sh', '-e', ...argv],
  'shebang-env': (argv) => ['/usr/bin/env', 'python3', ...argv],
};

/** What `exe` of truth.json, which is what was passed to execve, runs: links resolved, and PATH searched. */
const images: Readonly<Record<string, RegExp>> = {
  '/bin/echo': /^\/usr\/bin\/echo$/,
  '/bin/sleep': /^\/usr\/bin\/sleep$/,
  '/bin/bash': /^\/usr\/bin\/bash$/,
  '/usr/bin/python3': /\/python3\.\d+$/,
  './lnk': /^\/usr\/bin\/echo$/,
  './s1.sh': /^\/usr\/bin\/dash$/,
  './s2.py': /^\/usr\/bin\/env$/,
  // The file had been deleted by then; its path is that of the process it was found through.
  '/proc/13703/exe': /^\/opt\/research\/vectors\/w\/sl$/,
};

test(name('every launch of truth.json is found with its arguments, folder and image'), { skip: withoutShared }, () => {
  const launches = JSON.parse(readFileSync(truthPath, 'utf8')) as readonly Launch[];
  const { execs, counts } = readExecs();
  assert.deepEqual(counts, { late: 0, incomplete: 0, failed: counts['failed'], unnamed: 0 });
  let checked = 0;
  for (const launch of launches) {
    // A process may execute again; what was launched is its first exec.
    const first = execs.find(({ event }) => event.pid === launch.pid);
    if (!launch.argv_b64) {
      assert.equal(first, undefined, launch.name);
      continue;
    }
    assert.ok(first, launch.name);
    checked++;
    const argv = launch.argv_b64.map((base64) => Buffer.from(base64, 'base64').toString('latin1'));
    assert.deepEqual(first.argv, scripts[launch.name]?.(argv) ?? argv, launch.name);
    const { fields } = first.event;
    assert.equal(fields['ParentProcessId'], String(launch.ppid), launch.name);
    assert.equal(fields['CommandLineTruncated'], undefined, launch.name);
    if (launch.cwd !== undefined) assert.equal(fields['CurrentDirectory'], launch.cwd, launch.name);
    if (launch.exe === undefined) continue;
    const image = String(fields['Image']);
    const expected = images[launch.exe];
    if (expected) assert.match(image, expected, launch.name);
    else if (launch.exe.includes('/')) assert.equal(image, launch.exe, launch.name);
    else assert.equal(image.split('/').at(-1), launch.exe, launch.name);
  }
  assert.equal(checked, 43);
});

test(name('F23 a script with env as its interpreter executes twice'), { skip: withoutShared }, () => {
  const { execs } = readExecs();
  const argvs = execs.filter(({ event }) => event.pid === 13_699).map(({ argv }) => argv);
  assert.deepEqual(argvs, [
    ['/usr/bin/env', 'python3', './s2.py', 'z'],
    ['python3', './s2.py', 'z'],
  ]);
});

test(name('F25 F27 F40 memfd, deleted and chrooted images and a forged argv[0]'), { skip: withoutShared }, () => {
  const { execs } = readExecs();
  const last = (pid: number) => execs.findLast(({ event }) => event.pid === pid)?.event.fields ?? {};
  assert.deepEqual([last(13_702)['Image'], last(13_702)['ImageDeleted']], ['/memfd:my payload', 'true']);
  assert.deepEqual([last(13_704)['Image'], last(13_704)['ImageDeleted']], ['/opt/research/vectors/w/sl', 'true']);
  assert.deepEqual([last(13_711)['Image'], last(13_711)['CommandLine']], ['/usr/bin/sleep', '[kworker/u8:2] 1']);
  assert.deepEqual([last(13_725)['Image'], last(13_725)['CurrentDirectory']], ['/bin/echo', '/']);
});

const seeds = [1, 2, 3];

for (const [kind, distance] of [
  ['near each other', 40],
  ['over the whole file', Number.POSITIVE_INFINITY],
] as const) {
  test(name(`F30 lines in another order, ${kind}, give the same events and alerts`), {
    skip: withoutShared,
  }, async () => {
    const lines = logText().trimEnd().split('\n');
    const rules = existsSync(corpusPath) ? corpusPath : shippedRules;
    for (const output of ['events', 'alerts']) {
      const args = ['--rules', rules, '--output', output, '-'];
      const expected = await runReplay(args, [Buffer.from(`${lines.join('\n')}\n`, 'latin1')]);
      assert.ok(parseLines(expected.stdout).length > 10);
      for (const seed of seeds) {
        const shuffled = shuffleEvents(lines, distance, createRandom(seed));
        assert.notDeepEqual(shuffled, lines);
        const outcome = await runReplay(args, [Buffer.from(`${shuffled.join('\n')}\n`, 'latin1')]);
        assert.deepEqual(outcome.stdout.split('\n'), expected.stdout.split('\n'));
      }
    }
  });
}

/** Moves lines by up to `distance` lines; the lines of one event keep their order. */
function shuffleEvents(lines: readonly string[], distance: number, random: Random): readonly string[] {
  const span = Math.min(distance, lines.length);
  const keyOf = (text: string): string => /audit\(([^)]*)\)/.exec(text)?.[1] ?? '';
  const moved = lines
    .map((text, n) => ({ key: keyOf(text), at: n + random.below(span) }))
    .sort((one, other) => one.at - other.at);
  const waiting = new Map<string, string[]>();
  for (const text of lines) waiting.set(keyOf(text), [...(waiting.get(keyOf(text)) ?? []), text]);
  return moved.map(({ key }) => waiting.get(key)?.shift() ?? '');
}

const withoutCorpus = existsSync(corpusPath) && !withoutShared ? false : '../shared is absent';

test(name('match finds in the events what the pipeline raised alerts for'), { skip: withoutCorpus }, async () => {
  const rules = ['--rules', corpusPath, '--rules', shippedRules];
  const events = await runReplay([...rules, '--output', 'events', logPath]);
  const alerts = await runReplay([...rules, logPath]);
  const matched = await runCommand(matchCommand, ['match', ...rules, '-'], [events.stdout]);
  assert.equal(matched.exitCode, 0);
  const keys = parseLines<{ id: string; logsource: unknown }>(events.stdout).map(({ id, logsource }) =>
    JSON.stringify([id, logsource]),
  );
  const fromMatch = parseLines<{ index: number; rules: readonly string[] }>(matched.stdout).flatMap(
    ({ index, rules: ids }) => ids.map((id) => `${keys[index]} ${id}`),
  );
  const fromAlerts = parseLines<{ event: { id: string; logsource: unknown }; rule: { id: string } }>(alerts.stdout).map(
    ({ event, rule }) => `${JSON.stringify([event.id, event.logsource])} ${rule.id}`,
  );
  assert.ok(fromAlerts.length > 10);
  assert.deepEqual([...fromMatch].sort(), [...fromAlerts].sort());
});
