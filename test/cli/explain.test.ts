import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { explainCommand } from '../../src/cli/explain.ts';
import type { RulesConfig } from '../../src/model/config.ts';
import type { RuleExplanation } from '../../src/model/explanation.ts';
import { folder, ruleText } from '../sigma/support.ts';
import { sampleAlert } from '../support/alerts.ts';
import { runCommand } from './support.ts';

const rule = ruleText('sel: {Image|endswith: /bash}\ncondition: sel', { id: 'r' });
const yes = '{"logsource":{"product":"linux"},"fields":{"Image":"/bin/bash"}}';
const no = '{"logsource":{"product":"linux"},"fields":{"Image":"/bin/sh"}}';

async function files(t: TestContext, of: Readonly<Record<string, string>>): Promise<string> {
  return folder(t, { 'r.yml': rule, ...of });
}

async function explain(args: readonly string[], input: readonly string[] = []) {
  const command = (io: Parameters<typeof explainCommand>[0]) => explainCommand(io, { configuredRules, noColor: false });
  return runCommand(command, ['explain', ...args], input);
}

async function configuredRules(): Promise<RulesConfig> {
  throw new Error('the configuration is not to be read');
}

describe('sigmond explain', () => {
  it('exits 0 when the rule matches', async (t) => {
    const path = await files(t, { 'yes.json': JSON.stringify(JSON.parse(yes), null, 2) });
    assert.deepEqual(await explain(['r', join(path, 'yes.json'), '--rules', path]), {
      stdout: [
        'A rule: matches',
        'yes  log source product linux',
        'yes  sel',
        "yes    Image ends with '/bash'",
        "         the event has '/bin/bash'",
        '',
      ].join('\n'),
      stderr: '',
      exitCode: 0,
    });
  });

  it('exits 1 when it does not, also as JSON', async (t) => {
    const path = await files(t, {});
    const { stdout, exitCode } = await explain(['r', '-', '--rules', path, '--json'], [no]);
    assert.equal(exitCode, 1);
    const explanation = JSON.parse(stdout) as RuleExplanation;
    assert.equal(explanation.matched, false);
    assert.ok(explanation.condition.kind === 'selection' && explanation.condition.of.kind === 'item');
    assert.deepEqual(explanation.condition.of.values, [{ value: '/bash', held: false, why: 'differs' }]);
  });

  it('takes a line of a file by its number from 1', async (t) => {
    const path = await files(t, { 'events.jsonl': `${no}\n${yes}\n` });
    const file = join(path, 'events.jsonl');
    assert.equal((await explain(['r', `${file}:1`, '--rules', path])).exitCode, 1);
    assert.equal((await explain(['r', `${file}:2`, '--rules', path])).exitCode, 0);
  });

  it('takes a file whose name ends like a line number', async (t) => {
    const path = await files(t, { 'event:1': yes });
    assert.equal((await explain(['r', join(path, 'event:1'), '--rules', path])).exitCode, 0);
  });

  it('takes an alert for its event', async (t) => {
    const { fields, ...event } = sampleAlert(0).event;
    const alert = { ...sampleAlert(0), event: { ...event, fields: { ...fields, Image: '/bin/bash' } } };
    const path = await files(t, { 'alert.json': JSON.stringify(alert) });
    assert.equal((await explain(['r', join(path, 'alert.json'), '--rules', path])).exitCode, 0);
  });

  const complaints: readonly [what: string, argument: string, said: RegExp][] = [
    ['a file that is not there', 'none.json', /none\.json cannot be read: ENOENT/],
    ['a file that holds no event', 'bad.json', /bad\.json: no JSON object\n/],
    ['a file with several events', 'two.jsonl', /two\.jsonl holds 2 events; name one as FILE:LINE\n/],
    ['a line past the end', 'two.jsonl:4', /two\.jsonl has 3 lines, so there is no line 4\n/],
    ['a line that is no event', 'bad.json:1', /bad\.json:1: no JSON object\n/],
    ['fields that are none', 'fields.json', /fields\.json: 'fields' is not an object\n/],
  ];
  for (const [what, argument, said] of complaints) {
    it(`exits 64 for ${what}`, async (t) => {
      const path = await files(t, { 'bad.json': '[1]', 'two.jsonl': `${no}\n\n${yes}`, 'fields.json': '{"fields":7}' });
      const { stdout, stderr, exitCode } = await explain(['r', join(path, argument), '--rules', path]);
      assert.deepEqual([stdout, exitCode], ['', 64]);
      assert.match(stderr, said);
    });
  }

  it('says when there is no such rule', async (t) => {
    const path = await files(t, {});
    const { stderr, exitCode } = await explain(['unknown', '-', '--rules', path], [no]);
    assert.match(stderr, /^'unknown' is no id, file or part of a title/);
    assert.equal(exitCode, 64);
  });
});
