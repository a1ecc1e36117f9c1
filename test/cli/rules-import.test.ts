import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { rulesImportCommand } from '../../src/cli/rules-import.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/model/errors.ts';
import { folder, ruleText } from '../sigma/support.ts';
import { bareHost } from '../support/telemetry.ts';
import { type Outcome, runCommand } from './support.ts';

const judged = {
  readConfig: async () => loadConfig('/etc/sigmond/sigmond.yaml', ''),
  readTelemetry: async () => bareHost,
};

const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const rule = (n: number, product = 'linux') =>
  ruleText('sel: {Image: x}\ncondition: sel', { id: idOf(n), logsource: `product: ${product}` });

/** A source called `some rules` and a command whose configuration reads `rules` beside it. */
async function prepare(t: TestContext) {
  const base = await folder(t, {});
  const source = join(base, 'some rules');
  await mkdir(source);
  await writeFile(join(source, 'a.yml'), rule(1));
  await writeFile(join(source, 'b.yml'), `${rule(2)}# \u202e`);
  await writeFile(join(source, 'w.yml'), rule(3, 'windows'));
  await writeFile(join(source, 'broken.yml'), 'title: x\nlogsource: {product: linux}\n');
  const run = (...args: readonly string[]): Promise<Outcome> =>
    runCommand(
      (io) =>
        rulesImportCommand(io, {
          configuredRules: async () => ({ paths: [join(base, 'rules')], placeholders: new Map() }),
          ...judged,
        }),
      ['import', ...args],
    );
  return { base, source, run };
}

test('sigmond rules import says where to, what changed and what was left out', async (t) => {
  const { base, source, run } = await prepare(t);
  const { stdout, stderr, exitCode } = await run(source);
  assert.equal(exitCode, 0);
  assert.equal(stderr, `${source}/broken.yml:1:1: a rule needs a 'detection'\n`);
  assert.deepEqual(stdout.split('\n'), [
    `${source} was imported into ${base}/rules/imported/some rules`,
    '2 rule files: 2 added, 0 changed, 0 removed, 0 unchanged',
    '  + a.yml  A rule',
    '  + b.yml  A rule',
    '1 file left out, for the reasons above',
    '1 file left out, for other products (--all-products)',
    'sigmond reads them at its next reload: systemctl reload sigmond',
    '',
  ]);
  await writeFile(join(base, 'rules/imported/some rules/a.yml'), rule(1).replace('low', 'high'));
  const again = await run(source, '--dry-run');
  assert.deepEqual(again.stdout.split('\n').slice(0, 4), [
    `${source} would be imported into ${base}/rules/imported/some rules`,
    '2 rule files: 0 added, 0 changed, 0 removed, 1 unchanged',
    "1 file edited here and left so (--force takes the source's):",
    '  = a.yml',
  ]);
});

test('its JSON names everything', async (t) => {
  const { base, source, run } = await prepare(t);
  const { stdout } = await run(source, '--json', '--all-products');
  const { problems, ...answer } = JSON.parse(stdout);
  assert.deepEqual(answer, {
    source: { kind: 'folder', path: source },
    target: `${base}/rules/imported/some rules`,
    isRead: true,
    dryRun: false,
    rules: 3,
    cannotFire: 1,
    added: ['a.yml', 'b.yml', 'w.yml'],
    changed: [],
    removed: [],
    unchanged: [],
    edited: [],
    deleted: [],
    foreign: [],
    notices: [],
    otherProducts: 0,
    otherTrees: {},
    rejected: 1,
  });
  assert.equal(problems[0].path, `${source}/broken.yml`);
});

test('it says when nobody reads the folder, and that a source holds nothing for this host', async (t) => {
  const { base, source, run } = await prepare(t);
  const aside = await run(source, '--into', join(base, 'aside'));
  assert.equal(aside.exitCode, 0);
  assert.match(aside.stderr, /aside is below none of rules\.paths, so these rules are not loaded until it is\n$/);
  assert.doesNotMatch(aside.stdout, /reload/);

  const windows = join(base, 'windows');
  await mkdir(windows);
  await writeFile(join(windows, 'w.yml'), rule(3, 'windows'));
  assert.deepEqual(await run(windows), {
    stdout: '',
    stderr:
      'no rule of this source can be used here; nothing was changed\n' +
      '1 file left out, for other products (--all-products)\n',
    exitCode: 1,
  });
});

test('it says what to do where it cannot go on', async (t) => {
  const { source, run } = await prepare(t);
  await assert.rejects(run('https://example.org/sigma_core.zip'), /is elsewhere; download it first/);
  const onlyFiles = runCommand(
    (io) =>
      rulesImportCommand(io, {
        configuredRules: async () => ({ paths: ['/etc/a.yml'], placeholders: new Map() }),
        ...judged,
      }),
    ['import', source],
  );
  await assert.rejects(onlyFiles, /rules\.paths names no folder; say where to with --into DIR/);
});

test('without any configuration --into says enough, and a configuration that was named has to be there', async (t) => {
  const { base, source } = await prepare(t);
  const at = { path: 'none.yaml', line: 1, column: 1 };
  const none = async () => {
    throw new ConfigError([{ severity: 'error', at, text: 'cannot be read' }]);
  };
  const run = (...args: readonly string[]) =>
    runCommand(
      (io) => rulesImportCommand(io, { ...judged, configuredRules: none, readConfig: none }),
      ['import', source, ...args],
    );
  assert.equal((await run('--into', join(base, 'aside'))).exitCode, 0);
  await assert.rejects(run(), /none\.yaml/);
  await assert.rejects(run('--into', join(base, 'aside'), '-c', 'none.yaml'), /none\.yaml/);
});

test('it says how many of them cannot fire here, by what they refer to too', async (t) => {
  const { base, source, run } = await prepare(t);
  const never = ruleText('sel: {Company: x}\ncondition: sel', {
    id: idOf(4),
    logsource: 'product: linux\n  category: process_creation',
  });
  await mkdir(join(base, 'rules'));
  await writeFile(join(base, 'rules', 'never.yml'), never);
  await writeFile(
    join(source, 'many.yml'),
    `title: Many\nid: ${idOf(5)}\nlevel: low\ncorrelation: {type: event_count, rules: [${idOf(4)}], timespan: 1m, condition: {gte: 3}}\n`,
  );
  const { stdout } = await run(source);
  assert.match(stdout, /\n1 rule of these cannot fire here: sigmond rules verdict --rules '\/.*some rules'\n/);
});
