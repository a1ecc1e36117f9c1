import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { testRules } from '../src/rules-test.ts';
import { parseSamples } from '../src/sigma/parse-samples.ts';
import { createReport } from '../src/sigma/report.ts';
import { folder, ruleText } from './sigma/support.ts';

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const rule = ruleText('sel: {CommandLine|contains: evil}\ncondition: sel', {
  id: id(1),
  logsource: 'product: linux\n  category: process_creation',
});

/** What came of each sample: name, must match, matches; and the problems as `file:line:column text`. */
async function outcomeOf(t: TestContext, files: Readonly<Record<string, string>>) {
  const path = await folder(t, files);
  const { outcomes, untested, problems } = await testRules({ paths: [path], placeholders: new Map() });
  return {
    outcomes: outcomes.map(({ sample, matched }) => [sample.name, sample.mustMatch, matched !== undefined]),
    untested: untested.map((meta) => meta.id),
    problems: problems.map(({ at, text }) => `${at.path.slice(path.length + 1)}:${at.line}:${at.column} ${text}`),
  };
}

test('samples are fields, messages, lists and audit text, each with the logsource of the rule or its own', async (t) => {
  const samples = `
matches:
  - name: fields
    fields: {CommandLine: x evil y}
  - fields: {CommandLine: [a, evil]}
  - name: audit
    audit: |
      type=SYSCALL msg=audit(1795498917.581:1): arch=c000003e syscall=59 success=yes exit=0 items=0 ppid=2 pid=3 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="e" exe="/bin/e" key="k"
      type=EXECVE msg=audit(1795498917.581:1): argc=2 a0="e" a1="evil"
misses:
  - {name: another, fields: {CommandLine: ev il}}
  - {name: elsewhere, fields: {CommandLine: evil}, logsource: {product: linux, service: auditd}}
  - {name: wrong, fields: {CommandLine: evil}}
  - {name: a message, message: evil}
`;
  assert.deepEqual(await outcomeOf(t, { 'a.yml': rule, 'a.samples.yml': samples }), {
    outcomes: [
      ['fields', true, true],
      ['matches 2', true, true],
      ['audit', true, true],
      ['another', false, false],
      ['elsewhere', false, false],
      ['wrong', false, true],
      ['a message', false, false],
    ],
    untested: [],
    problems: [],
  });
});

test('a rule without samples is untested; samples are no rules', async (t) => {
  const files = { 'a.yml': rule, 'b.yaml': rule.replace(id(1), id(2)), 'b.samples.yaml': 'matches: []\n' };
  assert.deepEqual(await outcomeOf(t, files), { outcomes: [], untested: [id(1)], problems: [] });
});

test('filters restrict the rule that is tried, and their own samples say which', async (t) => {
  const filter = `title: f
id: ${id(3)}
logsource: {product: linux}
filter:
  rules: [${id(1)}]
  root: {User: root}
  condition: not root
`;
  const outcome = await outcomeOf(t, {
    'a.yml': rule,
    'a.samples.yml': 'matches: [{fields: {CommandLine: evil, User: www-data}}]\n',
    'f.yml': filter,
    'f.samples.yml': `rule: ${id(1)}\nmisses: [{fields: {CommandLine: evil, User: root}}]\n`,
  });
  assert.deepEqual(outcome.outcomes, [
    ['matches 1', true, true],
    ['misses 1', false, false],
  ]);
  assert.deepEqual(outcome.problems, []);
});

test('a correlation is tried over events in a row, with nothing left over from the sample before', async (t) => {
  const burst = `title: burst
id: ${id(4)}
level: high
correlation:
  type: event_count
  rules: [${id(1)}]
  group-by: [User]
  timespan: 1m
  condition: {gte: 2}
`;
  const evil = (second: number, user: string) =>
    `{fields: {CommandLine: evil, User: ${user}}, timestamp: 2026-11-24 03:11:${second}}`;
  const samples = `
matches:
  - {name: in time, events: [${evil(10, 'a')}, ${evil(59, 'a')}]}
misses:
  - {name: once, events: [${evil(10, 'a')}]}
  - {name: others, events: [${evil(10, 'a')}, ${evil(11, 'b')}]}
  - {name: once more, fields: {CommandLine: evil, User: a}}
  - {name: no time at all, events: [{fields: {CommandLine: evil}}, {fields: {CommandLine: evil}}]}
`;
  const { outcomes, problems } = await outcomeOf(t, { 'a.yml': `${rule}---\n${burst}`, 'a.samples.yaml': samples });
  assert.deepEqual(problems, []);
  assert.deepEqual(outcomes, [
    ['in time', true, true],
    ['once', false, false],
    ['others', false, false],
    ['once more', false, false],
    ['no time at all', false, true],
  ]);
});

test('what cannot be tried is a problem with its place', async (t) => {
  const table: readonly (readonly [samples: string, problem: string])[] = [
    ['', 'a.samples.yml:1:1 the file holds no samples'],
    ['- x\n', "a.samples.yml:1:1 samples are a map with 'matches' and 'misses', not a list"],
    ['match: []\n', "a.samples.yml:1:1 unknown key 'match' (did you mean 'matches'?)"],
    ['matches: {}\n', "a.samples.yml:1:10 'matches' is a list, not a map"],
    ['matches: [x]\n', 'a.samples.yml:1:11 a sample is a map, not a scalar'],
    ['matches: [{}]\n', "a.samples.yml:1:11 a sample needs 'fields', 'message', 'audit' or 'events'"],
    ['matches: [{feilds: {}}]\n', "a.samples.yml:1:12 unknown key 'feilds' (did you mean 'fields'?)"],
    ['matches: [{fields: x}]\n', "a.samples.yml:1:20 'fields' is a map, not a scalar"],
    ["matches: [{audit: ''}]\n", "a.samples.yml:1:11 'audit' holds lines of an audit log"],
    ['matches: [{audit: no record}]\n', "a.samples.yml:1:11 'audit' has 1 line that is no record"],
    [
      'matches: [{fields: {}, timestamp: noon}]\n',
      "a.samples.yml:1:35 'timestamp' is no date and time such as 2026-11-24T03:11:33Z",
    ],
    ['rule: nobody\nmatches: [{fields: {}}]\n', "a.samples.yml:2:11 no rule has the id or name 'nobody'"],
    ['matches: [{fields: {}\n', 'a.samples.yml:2:1 YAML: '],
  ];
  for (const [samples, problem] of table) {
    const { problems } = await outcomeOf(t, { 'a.yml': rule, 'a.samples.yml': samples });
    assert.ok(problems[0]?.startsWith(problem), `${samples}: ${problems}`);
  }
});

test('a file of several rules has to say which one is meant, and samples have to have a rule', async (t) => {
  const two = `${rule}---\n${rule.replace(id(1), id(2)).replace('evil', 'worse')}`;
  const { problems, outcomes } = await outcomeOf(t, {
    'a.yml': two,
    'a.samples.yml': `matches: [{fields: {CommandLine: evil}}, {fields: {CommandLine: worse}, rule: ${id(2)}}]\n`,
    'b.samples.yml': 'matches: []\n',
  });
  assert.deepEqual(outcomes, [['matches 2', true, true]]);
  assert.deepEqual(problems, [
    "a.samples.yml:1:11 2 rules of the file could be meant; say which one with 'rule: ID'",
    'b.samples.yml:1:1 there is no b.yml that these are samples of',
  ]);
});

test('no text of samples can throw', () => {
  const word = fc.constantFrom('matches', 'misses', 'fields', 'audit', 'events', 'rule', 'logsource', 'timestamp', 'x');
  const { yaml } = fc.letrec((tie) => ({
    yaml: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('yaml'), { maxLength: 3 }),
      fc.dictionary(word, tie('yaml'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.oneof(
        yaml.map((value) => JSON.stringify(value)),
        fc.string(),
      ),
      (text) => {
        const report = createReport();
        const samples = parseSamples(text, 'x.samples.yaml', report);
        for (const { at } of [...samples, ...report.problems]) assert.equal(at.path, 'x.samples.yaml');
      },
    ),
  );
});
