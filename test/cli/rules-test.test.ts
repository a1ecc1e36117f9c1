import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesTestCommand } from '../../src/cli/rules-test.ts';
import { folder, ruleText } from '../sigma/support.ts';
import { runCommand } from './support.ts';

const rule = ruleText('sel: {f: x}\ncondition: sel', { id: '00000000-0000-4000-8000-000000000001' });
const untested = rule.replace('000001', '000002');
const run = (path: string, ...args: readonly string[]) =>
  runCommand(
    (io) =>
      rulesTestCommand(io, {
        configuredRules: async () => ({ paths: [path], placeholders: new Map() }),
        noColor: false,
      }),
    ['test', ...args],
  );

test('sigmond rules test counts what holds', async (t) => {
  const path = await folder(t, {
    'a.yml': rule,
    'a.samples.yml': 'matches: [{fields: {f: x}}]\nmisses: [{fields: {f: y}}]\n',
    'b.yml': untested,
  });
  assert.deepEqual(await run(path), {
    stdout: '1 rule with 2 samples: 2 as they should be, 0 not\n1 rule without samples\n',
    stderr: '',
    exitCode: 0,
  });
  const required = await run(path, '--require');
  assert.equal(required.exitCode, 1);
  assert.match(required.stdout, /b\.yml: 'A rule' has no samples/);
  assert.equal((await run(path, `${path}/a.yml`, '--require')).exitCode, 0);
});

test('it names what does not hold, and exits 1', async (t) => {
  const path = await folder(t, {
    'a.yml': rule,
    'a.samples.yml': 'matches:\n  - {name: "first\\e[1m", fields: {f: y}}\nmisses:\n  - fields: {f: X}\n',
  });
  const { stdout, exitCode } = await run(path);
  assert.equal(exitCode, 1);
  assert.deepEqual(stdout.split('\n'), [
    `${path}/a.samples.yml:2:5: 'first\\x1b[1m' must match and does not`,
    '  A rule: does not match',
    '  yes  log source product linux',
    '  no   sel',
    "  no     f is 'x'",
    "           the event has 'y'",
    `${path}/a.samples.yml:4:5: 'misses 1' must not match and does`,
    '  A rule: matches',
    '  yes  log source product linux',
    '  yes  sel',
    "  yes    f is 'x'",
    "           the event has 'X'",
    '1 rule with 2 samples: 0 as they should be, 2 not',
    '',
  ]);
  const json = JSON.parse((await run(path, '--json')).stdout);
  assert.equal(json.ok, false);
  assert.equal(json.samples, 2);
  const { explanation, ...failure } = json.failed[1];
  assert.equal(explanation.matched, true);
  assert.deepEqual(failure, {
    rule: '00000000-0000-4000-8000-000000000001',
    name: 'misses 1',
    path: `${path}/a.samples.yml`,
    line: 4,
    column: 5,
    mustMatch: false,
    events: [{ logsource: { product: 'linux' }, fields: { f: 'X' } }],
  });
});

test('what is wrong with rules or samples goes to standard error, and is a failure', async (t) => {
  const path = await folder(t, { 'a.yml': rule, 'a.samples.yml': 'matches: [{}]\n' });
  const { stderr, exitCode } = await run(path);
  assert.equal(exitCode, 1);
  assert.equal(stderr, `${path}/a.samples.yml:1:11: a sample needs 'fields', 'message', 'audit' or 'events'\n`);
});
