import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { noRules } from '../../src/cli/rule-options.ts';
import { rulesShowCommand } from '../../src/cli/rules-show.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config, RulesConfig } from '../../src/model/config.ts';
import { ConfigError } from '../../src/model/errors.ts';
import type { RulePage } from '../../src/model/rule-page.ts';
import { folder, ruleText } from '../sigma/support.ts';
import { bareHost } from '../support/telemetry.ts';
import { runCommand } from './support.ts';

const shell = ruleText('sel: {Image|endswith: /Sh}\nno: {User: root}\ncondition: sel and not no', {
  id: '0a1b2c3d-0000-4000-8000-000000000001',
  logsource: 'product: linux\n  category: process_creation',
}).replace('A rule', 'A Shell Starts');
const server = ruleText('sel: {Image|endswith: /sh}\ncondition: sel', {
  id: '0a1b2c3d-0000-4000-8000-000000000002',
}).replace('A rule', 'A Server Starts');

async function show(...args: readonly string[]) {
  const command = (io: Parameters<typeof rulesShowCommand>[0]) =>
    rulesShowCommand(io, {
      configuredRules,
      noColor: false,
      readConfig: noConfig,
      readTelemetry: async () => bareHost,
    });
  return runCommand(command, ['show', ...args]);
}

async function noConfig(path: string | undefined): Promise<Config> {
  if (path !== undefined) return loadConfig(path, '');
  throw new ConfigError([]);
}

async function configuredRules(path: string | undefined): Promise<RulesConfig> {
  if (path !== undefined) return noRules;
  throw new Error('the configuration is not to be read');
}

describe('sigmond rules show', () => {
  it('prints the page of the rule that is meant, at 80 columns where there is no terminal', async (t) => {
    const path = await folder(t, { 'a.yml': shell, 'b.yml': server });
    const { stdout, stderr, exitCode } = await show('shell', '--rules', path);
    assert.deepEqual([stderr, exitCode], ['', 0]);
    assert.match(stdout, /^A Shell Starts\nDetection rules › Sigma\n\n/);
    assert.match(stdout, /\n {2}Image {2}ends_with {6}2 {2}'\/Sh'\n/);
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
  });

  it('prints the page as JSON that a terminal may print', async (t) => {
    const hostile = `${shell}status: "test"\ntags: [attack.execution, attack.t1059.004]\nauthor: "\\u202e\\x9b1m"\nrelated: [{id: 0a1b2c3d-0000-4000-8000-000000000002, type: similar}]\n`;
    const path = await folder(t, { 'a.yml': hostile, 'b.yml': server });
    const { stdout } = await show('0a1b2c3d-0000-4000-8000-000000000001', '--rules', path, '--json');
    assert.doesNotMatch(stdout.trimEnd(), /[\p{Cc}\p{Cf}]/u);
    const page = JSON.parse(stdout) as RulePage;
    assert.equal(page.author, '\u202e\x9b1m');
    const { verdict, reasons, ...coverage } = page.eventCoverage;
    assert.ok(['can-fire', 'degraded', 'cannot-fire', 'unknown'].includes(verdict), reasons.join());
    assert.deepEqual(
      { ...page, author: undefined, eventCoverage: coverage },
      {
        kind: 'rule',
        id: '0a1b2c3d-0000-4000-8000-000000000001',
        title: 'A Shell Starts',
        product: 'Detection rules › Sigma',
        status: 'test',
        level: 'low',
        logsource: { product: 'linux', category: 'process_creation' },
        author: undefined,
        source: join(path, 'a.yml'),
        tags: ['attack.execution', 'attack.t1059.004'],
        tactics: ['execution'],
        attack: [{ id: 'T1059.004', name: 'Command and Scripting Interpreter: Unix Shell', tactics: ['execution'] }],
        eventCoverage: {
          events: ['process_creation'],
          fields: [
            { name: 'Image', fedBy: ['audit', 'proc'] },
            { name: 'User', fedBy: ['audit', 'proc'] },
          ],
        },
        body: hostile,
        stages: [
          { name: 'condition', predicate: 'sel and not no' },
          { name: 'sel', predicates: [[{ field: 'Image', kind: 'ends_with', values: ['/Sh'] }]] },
          { name: 'no', predicates: [[{ field: 'User', kind: 'equals', values: ['root'] }]] },
        ],
        indicators: [
          { field: 'Image', kind: 'ends_with', values: [{ value: '/Sh', corpus: 2 }] },
          { field: 'User', kind: 'equals', values: [{ value: 'root', corpus: 1, excluded: true }] },
        ],
        falsepositives: [],
        references: [],
        related: [{ id: '0a1b2c3d-0000-4000-8000-000000000002', type: 'similar', title: 'A Server Starts' }],
        filters: [],
      },
    );
  });

  it('says whether the rule can fire on the host that the configuration describes', async (t) => {
    const path = await folder(t, { 'a.yml': shell });
    const verdict = async (...more: readonly string[]) => {
      const { stdout } = await show('shell', '--rules', path, '--json', ...more);
      return (JSON.parse(stdout) as RulePage).eventCoverage;
    };
    assert.equal((await verdict()).verdict, 'unknown');
    const { verdict: known, reasons } = await verdict('-c', 'sigmond.yaml');
    assert.equal(known, 'degraded');
    assert.match(reasons.join(), /^no loaded audit rule records program starts;/);
  });

  it('takes a file, also one that is not among the rules', async (t) => {
    const path = await folder(t, { 'a.yml': shell });
    await mkdir(join(path, 'others'));
    await writeFile(join(path, 'others', 'b.yml'), server);
    const among = await show(join(path, 'a.yml'), '--rules', path);
    assert.match(among.stdout, /^A Shell Starts\n/);
    const beside = await show(join(path, 'others', 'b.yml'), '--rules', join(path, 'a.yml'), '--json');
    const { title, indicators } = JSON.parse(beside.stdout) as RulePage;
    assert.deepEqual([title, indicators[0]?.values[0]?.corpus], ['A Server Starts', 2]);
  });

  it('shows filters: on the page of a rule, and as a page', async (t) => {
    const filter =
      'title: No admins\nid: f-1\nlogsource: {product: linux}\nfilter: {rules: any, admin: {User: adm}, condition: not admin}\n';
    const path = await folder(t, { 'a.yml': shell, 'f.yml': filter });
    const { stdout } = await show('shell', '--rules', path, '--json');
    const page = JSON.parse(stdout) as RulePage;
    assert.deepEqual(page.filters, [{ id: 'f-1', title: 'No admins', condition: 'not admin' }]);
    assert.equal(page.stages.length, 3, 'the stages are those of the rule');
    const own = JSON.parse((await show('f-1', '--rules', path, '--json')).stdout) as RulePage;
    assert.deepEqual(own.stages[0], { name: 'condition', predicate: 'not admin' });
  });

  it('names the rules that could be meant', async (t) => {
    const path = await folder(t, { 'a.yml': shell, 'b.yml': server });
    const outcome = await show('starts', '--rules', path);
    assert.deepEqual(outcome, {
      stdout: '',
      stderr: [
        "'starts' could be any of 2 rules; name one by its id:",
        '  0a1b2c3d-0000-4000-8000-000000000001  A Shell Starts',
        '  0a1b2c3d-0000-4000-8000-000000000002  A Server Starts',
        '',
      ].join('\n'),
      exitCode: 64,
    });
  });

  it('says when no rule is meant, and which one almost is', async (t) => {
    const path = await folder(t, { 'a.yml': shell });
    const { stderr, exitCode } = await show('A Shel Starts', '--rules', path);
    const said =
      "'A Shel Starts' is no id, file or part of a title of the one rule loaded (did you mean 'A Shell Starts'?)\n";
    assert.deepEqual([stderr, exitCode], [said, 64]);
  });

  it('says why the rule that is meant is not loaded', async (t) => {
    const broken = server.replace('level: low', 'level: grave');
    const path = await folder(t, { 'a.yml': shell, 'b.yml': broken });
    for (const wanted of ['0a1b2c3d-0000-4000-8000-000000000002', 'A Server Starts', join(path, 'b.yml')]) {
      const { stderr, exitCode } = await show(wanted, '--rules', path);
      assert.equal(exitCode, 78);
      assert.match(stderr, /^'.*' is not loaded:\n.*b\.yml:3:8: unknown level 'grave'/);
    }
  });

  it('says what is wrong when nothing loads', async () => {
    const { stderr, exitCode } = await show('x', '--rules', '/nonexistent');
    assert.match(stderr, /^\/nonexistent:1:1: cannot be read: .*\nno rule could be loaded\n$/);
    assert.equal(exitCode, 78);
  });

  it('shows hostile names harmless', async (t) => {
    const path = await folder(t, { 'a.yml': shell });
    const { stderr } = await show('\x1b[2J', '--rules', path);
    assert.match(stderr, /^'\\x1b\[2J' is no id/);
  });
});
