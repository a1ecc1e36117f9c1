import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { checkCommand } from '../../src/cli/check.ts';
import { isSampleFile } from '../../src/sigma/sample-file.ts';

const programFolder = join(import.meta.dirname, '../../src');
const shipped = join(programFolder, '../config/sigmond.yaml');
const shippedRules = (await readdir(join(programFolder, '../config/rules'))).filter(
  (name) => !isSampleFile(name),
).length;
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigmond-check-'));
  await mkdir(join(folder, 'rules'));
});
after(() => rm(folder, { recursive: true }));

const rule = `title: One
id: 5b7c3f4e-6a0c-4f5e-9a3e-0d6f0c1b2a3d
logsource: {product: linux, category: process_creation}
detection:
  one:
    Image|endswith: /one
  condition: one
level: low
`;

/** Those for text logs, which the shipped configuration has as examples only. */
const cannotFire = 1;

test('the shipped configuration and rules are well, and it says so with counts', async () => {
  const { output, code } = await check('-c', shipped);
  assert.equal(
    output,
    `${shipped}: ok, ${shippedRules} rules, 1 sink\n` +
      `${cannotFire} of ${shippedRules} rules cannot fire here: sigmond rules verdict\n`,
  );
  assert.equal(code, 0);
});

test('as JSON: ok, no problems and the counts', async () => {
  const { output, code } = await check('--json', '-c', shipped);
  assert.deepEqual(JSON.parse(output), {
    ok: true,
    problems: [],
    rules: shippedRules,
    cannotFire,
    sinks: 1,
  });
  assert.equal(code, 0);
});

test('every problem of the configuration is a line with its place, and the exit code is 78', async () => {
  const path = await config('bad.yaml', 'log: {level: loud}\nrulez: {}\n');
  const { output, code } = await check('-c', path);
  assert.equal(
    output,
    `${path}:1:14: log.level: wanted one of error, warn, info, debug, found the text "loud"\n` +
      `${path}:2:1: unknown key 'rulez' (did you mean 'rules'?)\n`,
  );
  assert.equal(code, 78);
});

test('problems of rules count as well, and the rules that are good are counted beside them', async () => {
  await writeFile(join(folder, 'rules', 'one.yml'), rule);
  await writeFile(join(folder, 'rules', 'two.yml'), rule.replace('|endswith', '|endswit').replace('5b7c', '6b7c'));
  const path = await config('good.yaml', 'rules: {paths: [rules]}');
  const { output, code } = await check('-c', path, '--json');
  const answer = JSON.parse(output);
  assert.equal(code, 78);
  assert.equal(answer.ok, false);
  assert.equal(answer.rules, 1);
  assert.equal(answer.problems.length, 1);
  const [{ severity, path: where, line, text: words }] = answer.problems;
  assert.deepEqual([severity, where, line], ['error', join(folder, 'rules', 'two.yml'), 6]);
  assert.match(words, /endswit/);
});

test('a rules folder that is not there is named', async () => {
  const path = await config('nowhere.yaml', 'rules: {paths: [nowhere]}');
  const { output, code } = await check('-c', path);
  assert.match(output, new RegExp(`^${join(folder, 'nowhere')}:1:1: cannot be read: ENOENT`));
  assert.equal(code, 78);
});

test('an empty rules folder is an error, as it is for run', async () => {
  await mkdir(join(folder, 'empty'));
  const path = await config('ruleless.yaml', 'rules: {paths: [empty]}');
  const { output, code } = await check('-c', path);
  assert.equal(output, `${path}:1:1: no rule here; rules.paths names rule files or folders of them\n`);
  assert.equal(code, 78);
});

test('warnings are shown and leave the answer ok', async () => {
  await writeFile(join(folder, 'one.yml'), rule);
  const path = await config('warned.yaml', 'rules: {paths: [one.yml]}\nalerts: {rollup_window_ms: 0}\nsinks: []');
  const { output, code } = await check('-c', path);
  assert.deepEqual(output.split('\n'), [
    `${path}:2:1: warning: 'alerts' is accepted but has no effect yet; it comes with a later release`,
    `${path}:3:1: warning: no sink is configured; alerts go nowhere`,
    `${path}: ok, 1 rule, 0 sinks`,
    '',
  ]);
  assert.equal(code, 0);
});

test('what a file says cannot move the cursor of the terminal', async () => {
  const path = await config('escapes.yaml', 'log: {level: "\\e[2Jx"}\n"\\e[31m": 1\n');
  const { output } = await check('-c', path);
  assert.match(output, /unknown key '\\x1b\[31m'/);
  assert.ok(!output.includes('\x1b'));
});

test('a configuration that cannot be read is named with the reason, also as JSON', async () => {
  const path = join(folder, 'missing.yaml');
  const { output, code } = await check('-c', path, '--json');
  assert.deepEqual(JSON.parse(output), {
    ok: false,
    problems: [
      { severity: 'error', path, line: 1, column: 1, text: 'cannot be read: ENOENT: no such file or directory' },
    ],
    rules: 0,
    cannotFire: 0,
    sinks: 0,
  });
  assert.equal(code, 78);
});

test('rules that cannot fire by the configuration alone are counted', async () => {
  await mkdir(join(folder, 'two'));
  await writeFile(join(folder, 'two', 'one.yml'), rule);
  const never = rule.replace('Image|endswith', 'Company|endswith').replace('5b7c', '7b7c');
  await writeFile(join(folder, 'two', 'never.yml'), never);
  const path = await config('idle.yaml', 'rules: {paths: [two]}');
  const { output, code } = await check('-c', path);
  assert.equal(output, `${path}: ok, 2 rules, 1 sink\n1 of 2 rules cannot fire here: sigmond rules verdict\n`);
  assert.equal(code, 0);
});

async function config(name: string, yaml: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, yaml);
  return path;
}

async function check(...args: readonly string[]): Promise<{ output: string; code: number | undefined }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let code: number | undefined;
  const io = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    setExitCode: (value: number) => {
      code = value;
    },
  };
  await checkCommand(io, { programFolder }).parseAsync(args, { from: 'user' });
  stdout.end();
  stderr.end();
  const [output, errors] = await Promise.all([text(stdout), text(stderr)]);
  assert.equal(errors, '');
  return { output, code };
}
