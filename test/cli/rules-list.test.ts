import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RulesDeps } from '../../src/cli/rule-options.ts';
import { rulesListCommand } from '../../src/cli/rules-list.ts';
import type { RulesConfig } from '../../src/model/config.ts';
import { correlationNamed } from '../correlation/support.ts';
import { folder, ruleText, uuid, withUuids } from '../sigma/support.ts';
import { runCommand } from './support.ts';

const one = ruleText('sel: {f: x}\ncondition: sel', { id: uuid('one') });
const two = ruleText('sel: {exe: x}\ncondition: sel', { id: uuid('two'), logsource: 'service: auditd' });

describe('sigmond rules list', () => {
  it('prints an aligned table of the configured rules', async (t) => {
    const path = await folder(t, { 'a.yml': one, 'b.yml': two });
    const asked: (string | undefined)[] = [];
    const configuredRules = async (config: string | undefined) => {
      asked.push(config);
      return { paths: [path], placeholders: new Map() };
    };
    const outcome = await runCommand(
      (io) => rulesListCommand(io, { configuredRules, noColor: false }),
      ['list', '-c', 'my.yaml'],
    );
    assert.deepEqual(asked, ['my.yaml']);
    assert.deepEqual(outcome, {
      stdout: [
        `LEVEL  ID${' '.repeat(36)}TITLE   LOGSOURCE`,
        `low    ${uuid('one')}  A rule  linux`,
        `low    ${uuid('two')}  A rule  auditd`,
        '',
      ].join('\n'),
      stderr: '',
      exitCode: 0,
    });
  });

  it('lists correlations behind the rules', async (t) => {
    const body = `type: event_count\nrules: ${uuid('one')}\ntimespan: 1m\ncondition: {gte: 2}`;
    const path = await folder(t, { 'a.yml': withUuids(correlationNamed('burst', body)), 'b.yml': one });
    const { stdout, stderr } = await runCommand(
      (io) => rulesListCommand(io, { configuredRules: neverAsked, noColor: false }),
      ['list', '--rules', path],
    );
    assert.deepEqual(
      [stdout.split('\n').slice(1, 3), stderr],
      [[`low    ${uuid('one')}  A rule  linux`, `high   ${uuid('burst')}  burst   correlation`], ''],
    );
  });

  it('prints JSON of the rules given instead', async (t) => {
    const path = await folder(t, { 'a.yml': `${one}status: test\ntags: [attack.t1059]\n` });
    const { stdout } = await runCommand(
      (io) => rulesListCommand(io, { configuredRules: neverAsked, noColor: false }),
      ['list', '--json', '--rules', path],
    );
    assert.deepEqual(JSON.parse(stdout), [
      {
        id: uuid('one'),
        title: 'A rule',
        level: 'low',
        status: 'test',
        logsource: { product: 'linux' },
        tags: ['attack.t1059'],
        path: `${path}/a.yml`,
      },
    ]);
  });

  it('takes placeholders from the configuration also for rules given instead', async (t) => {
    const text = ruleText("sel: {f|expand: '%A%'}\ncondition: sel", { id: uuid('one') });
    const path = await folder(t, { 'a.yml': text });
    const configured = async () => ({ paths: ['/nowhere'], placeholders: new Map([['A', ['x']]]) });
    const list = (configuredRules: RulesDeps['configuredRules'], ...args: string[]) =>
      runCommand((io) => rulesListCommand(io, { configuredRules, noColor: false }), ['list', '--rules', path, ...args]);
    assert.equal((await list(configured, '-c', 'my.yaml')).exitCode, 0);
    assert.equal((await list(neverAsked)).exitCode, 78);
  });

  it('shows hostile text harmless', async (t) => {
    const title = 'title: "a\\e]0;b\\a\\nLEVEL \\u202e\\u2028\\x9b"';
    const path = await folder(t, { 'a.yml': one.replace('title: A rule', title) });
    const { stdout } = await runCommand(
      (io) => rulesListCommand(io, { configuredRules: neverAsked, noColor: false }),
      ['list', '--rules', path],
    );
    const shown = 'a\\x1b]0;b\\x07\\x0aLEVEL \\u{202e}\\u{2028}\\x9b';
    assert.equal(stdout.split('\n')[1], `low    ${uuid('one')}  ${shown}  linux`);
  });

  it('prints no table without rules', async () => {
    const deps = { configuredRules: neverAsked, noColor: false };
    const outcome = await runCommand((io) => rulesListCommand(io, deps), ['list', '--rules', '/nonexistent']);
    assert.deepEqual([outcome.stdout, outcome.exitCode], ['', 78]);
    assert.match(outcome.stderr, /^\/nonexistent:1:1: cannot be read/);
  });

  it('exits 78 when a rule was rejected, and lists the others', async (t) => {
    const path = await folder(t, { 'a.yml': one, 'b.yml': 'title: x\n' });
    const outcome = await runCommand(
      (io) => rulesListCommand(io, { configuredRules: neverAsked, noColor: false }),
      ['list', '--rules', path],
    );
    assert.equal(outcome.exitCode, 78);
    assert.match(outcome.stderr, /b\.yml:1:1: a rule needs a 'logsource'/);
    assert.ok(outcome.stdout.includes(uuid('one')));
  });
});

async function neverAsked(): Promise<RulesConfig> {
  throw new Error('the configuration is not to be read');
}
