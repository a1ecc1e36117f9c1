import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRaise } from '../src/alerts/raise.ts';
import { createCounters } from '../src/host/counters.ts';
import type { FileHash } from '../src/host/file-hashes.ts';
import type { Alert } from '../src/model/alert.ts';
import type { Quarantined } from '../src/model/rule.ts';
import type { SigmaEvent } from '../src/model/sigma-event.ts';
import { createPipeline, type PipelineParts } from '../src/pipeline.ts';
import { createEnricher } from '../src/process/enrich.ts';
import { createProcessGuid } from '../src/process/guid.ts';
import { createProcessTable } from '../src/process/table.ts';
import { createRuleSet } from '../src/rule-set.ts';
import { loadRules } from '../src/sigma/load.ts';
import { correlationNamed, linked } from './correlation/support.ts';
import { collectionOf, parse, ruleText } from './sigma/support.ts';
import { execLines, line, syscallBody } from './support/audit-lines.ts';

/** A pipeline with these rules, and what comes out of it. */
function createRun(rules: readonly string[], parts: Partial<PipelineParts> = {}) {
  const ruleSet = createRuleSet(linked(...rules).collection);
  const alerts: Alert[] = [];
  const counters = createCounters();
  const pipeline = createPipeline({
    rules: () => ruleSet,
    enricher: createEnricher(createProcessTable(64, createProcessGuid('host')), undefined),
    users: { name: () => 'root' },
    raise: createRaise({ host: { name: 'h', id: 'h' }, agentVersion: '0', rulesetHash: () => '' }),
    deliver: (alert) => alerts.push(alert),
    counters,
    monotonicMs: () => 0,
    ...parts,
  });
  const intake = pipeline.audit();
  const send = (lines: readonly string[]): void => {
    for (const text of lines) intake.line(text, 0);
    intake.flush();
  };
  return { pipeline, send, alerts, count: (name: string) => counters.read()[name] };
}

const file = (serial: number, name: string, changes: Readonly<Record<string, string>> = {}): readonly string[] => [
  line(serial, 'SYSCALL', syscallBody({ syscall: '257', a0: 'ffffff9c', a2: '41', exit: '3', ...changes })),
  line(serial, 'CWD', 'cwd="/tmp"'),
  line(serial, 'PATH', `item=0 name="${name}" nametype=CREATE`),
  line(serial, 'PROCTITLE', 'proctitle="x"'),
];
const fileRule = ruleText('sel: {TargetFilename|startswith: /tmp/}\ncondition: sel', {
  id: 'file',
  logsource: 'category: file_event',
});

test('a file is told with the process that wrote it', () => {
  const { send, alerts } = createRun([fileRule]);
  send(execLines());
  send(file(2, 'x'));
  const [alert] = alerts;
  assert.equal(alerts.length, 1);
  assert.equal(alert?.event.fields['TargetFilename'], '/tmp/x');
  assert.equal(alert?.event.fields['CommandLine'], 'ls -l');
  assert.match(String(alert?.event.fields['ProcessGuid']), /^\{/);
});

test('files of one call raise alerts with ids of their own, the same ones when it is read again', () => {
  const lines = [...file(2, 'x').slice(0, 3), line(2, 'PATH', 'item=1 name="y" nametype=CREATE')];
  const [first, again] = [1, 2].map(() => {
    const { send, alerts } = createRun([fileRule]);
    send(lines);
    return alerts.map(({ id }) => id);
  });
  assert.equal(new Set(first).size, 2);
  assert.deepEqual(again, first);
});

test('what no rule asks for is not made', () => {
  const { send, count } = createRun([
    ruleText('sel: {Image: x}\ncondition: sel', { logsource: 'category: process_creation' }),
  ]);
  send(file(2, 'x'));
  assert.equal(count('events_total'), 0);
  send(execLines());
  assert.equal(count('events_total'), 1);
});

test("the agent's own files and connections are no events, its programs are", () => {
  const isOwn = ({ pid }: SigmaEvent): boolean => pid === 41;
  const seen: SigmaEvent[] = [];
  const { send, alerts } = createRun([fileRule], { isOwn, onEvent: (event) => seen.push(event) });
  send(file(2, 'x'));
  send(file(3, 'y', { pid: '42' }));
  send(execLines({ serial: 4 }));
  assert.deepEqual(
    alerts.map(({ event }) => event.fields['TargetFilename']),
    ['/tmp/y'],
  );
  assert.equal(seen.filter(({ logsource }) => logsource.category === 'process_creation').length, 1);
});

test('an exec of its own is no event, nor are its audit records; the process table knows it', () => {
  const asked: SigmaEvent[] = [];
  const takeOwnExec = (event: SigmaEvent): boolean => asked.push(event) === 1;
  const anyRecord = ruleText('sel: {type: EXECVE}\ncondition: sel', { id: 'record', logsource: 'service: auditd' });
  const anyExec = ruleText("sel: {Image|contains: '/'}\ncondition: sel", {
    id: 'exec',
    logsource: 'category: process_creation',
  });
  const { send, alerts, pipeline } = createRun([anyRecord, anyExec, fileRule], { takeOwnExec });
  send(execLines());
  assert.equal(alerts.length, 0);
  assert.equal(pipeline.auditReports, true);
  assert.deepEqual(
    asked.map(({ logsource }) => logsource.category),
    ['process_creation'],
  );
  send(file(2, 'x'));
  assert.equal(alerts[0]?.event.fields['CommandLine'], 'ls -l');
  send(execLines({ serial: 3 }));
  assert.deepEqual(
    alerts.map(({ rule }) => rule.id),
    ['file', 'exec', 'record'],
  );
});

test('an exec of its own that a scan finds is no event; what the agent says about itself is', () => {
  const takeOwnExec = ({ logsource }: SigmaEvent): boolean => logsource.category === 'process_creation';
  const any = ruleText("sel: {EventType|contains: ''}\ncondition: sel", { logsource: 'product: sigmond' });
  const { pipeline, count } = createRun([any], { takeOwnExec });
  const exec = { id: 'proc:1', timestampMs: 1, fields: {}, pid: 41 };
  pipeline.event({ ...exec, logsource: { product: 'linux', category: 'process_creation' } });
  assert.equal(count('events_total'), 0);
  pipeline.event({ ...exec, logsource: { product: 'sigmond', service: 'agent' } });
  assert.equal(count('events_total'), 1);
});

test('a rule fires once for a line, a rule of each service for its own', () => {
  const keywords = (id: string, logsource: string) =>
    ruleText('keywords: [marker]\ncondition: keywords', { id, logsource: `product: linux${logsource}` });
  const { pipeline, alerts } = createRun([
    keywords('any', ''),
    keywords('sshd', '\n  service: sshd'),
    keywords('sudo', '\n  service: sudo'),
  ]);
  const take = pipeline.log({ product: 'linux', services: ['auth', 'sshd', 'sudo'] });
  take({ text: 'Nov 24 03:11:33 h sshd[1]: marker', origin: { file: 'f', offset: 0 }, readMs: 0 });
  assert.deepEqual(
    alerts.map(({ rule }) => rule.id),
    ['any', 'sshd'],
  );
  take({ text: 'marker', origin: { file: 'f', offset: 9 }, readMs: 0 });
  assert.deepEqual(
    alerts.slice(2).map(({ rule }) => rule.id),
    ['any', 'sshd', 'sudo'],
  );
  assert.equal(new Set(alerts.map(({ id }) => id)).size, 5);
});

test('a line counts once in a correlation, although it is an event of several services', () => {
  const rule = ruleText('keywords: [marker]\ncondition: keywords', { id: 'any', logsource: 'product: linux' });
  const three = 'type: event_count\nrules: [any]\ntimespan: 1m\ncondition: {gte: 3}';
  const { pipeline, alerts } = createRun([rule, correlationNamed('three', three)]);
  const take = pipeline.log({ product: 'linux', services: ['auth', 'sshd'] });
  for (let offset = 0; offset < 4; offset++) {
    take({ text: `2026-11-24T03:11:3${offset}Z h sshd[1]: marker`, origin: { file: 'f', offset }, readMs: 0 });
  }
  assert.deepEqual(
    alerts.map(({ rule: { id }, correlation: fired }) => [id, fired?.value]),
    [
      ['three', 3],
      ['three', 4],
    ],
  );
});

test('a rule that is taken out of force becomes an alert, by the rule that we ship for it', async () => {
  const shipped = join(import.meta.dirname, '../config/rules/agent-rule-quarantined.yml');
  const { collection } = await loadRules([shipped]);
  const { rules } = parse(ruleText("sel: {f|re: '[^z]$'}\ncondition: sel", { id: 'costly' }));
  let cpuMs = 0;
  const clock = { monotonicMs: () => 0, cpuMs: () => (cpuMs += 500) };
  const set = createRuleSet(collectionOf([...collection.rules, ...rules]), { clock });
  const told: Quarantined[] = [];
  const { pipeline, alerts } = createRun([], {
    rules: () => set,
    onQuarantine: (quarantined) => told.push(quarantined),
  });
  const cause = { id: 'e1', timestampMs: 7, logsource: { product: 'linux' }, fields: { f: 'x'.repeat(1_000_000) } };
  for (let count = 0; count < 6; count++) pipeline.event(cause);

  assert.deepEqual(
    alerts.map(({ rule }) => rule.title),
    ['A rule', 'A rule', 'A rule', 'A rule', 'Rule Taken Out of Force'],
  );
  assert.equal(told.length, 1);
  const { event, timestamp } = alerts.at(-1) ?? {};
  assert.equal(timestamp, '1970-01-01T00:00:00.007Z');
  assert.deepEqual(event?.fields, {
    EventType: 'rule_quarantined',
    RuleId: 'costly',
    RuleTitle: 'A rule',
    RulePath: 'r.yml',
    CostMs: '1500',
    Evaluations: '3',
    CausedBy: 'e1',
  });
});

const bad = 'A'.repeat(64);
const hashRule = ruleText(`sel: {Hashes|contains: SHA256=${bad}}\ncondition: sel`, {
  id: 'hash',
  logsource: 'category: process_creation',
});
const exceptRule = ruleText(
  `sel: {Image|endswith: /ls}\nknown: {Hashes|contains: ${bad}}\ncondition: sel and not known`,
  {
    id: 'except',
    logsource: 'category: process_creation',
  },
);
const plainRule = ruleText('sel: {Image|endswith: /ls}\ncondition: sel', {
  id: 'plain',
  logsource: 'category: process_creation',
});

function createHashRun(rules: readonly string[], hash: FileHash) {
  const enricher = createEnricher(createProcessTable(64, createProcessGuid('host')), undefined);
  let asked = 0;
  const hashOf = (): FileHash => {
    asked++;
    return hash;
  };
  return { ...createRun(rules, { enricher: { ...enricher, hashOf } }), asked: () => asked };
}

test('rules on the hash wait for it, others do not', async () => {
  const { send, alerts, pipeline, count } = createHashRun(
    [hashRule, exceptRule, plainRule],
    Promise.resolve('a'.repeat(64)),
  );
  send(execLines());
  assert.deepEqual(
    alerts.map(({ rule }) => rule.id),
    ['plain'],
  );
  await pipeline.settled();
  assert.deepEqual(
    alerts.map(({ rule, event }) => [rule.id, event.fields['Hashes']]),
    [
      ['plain', undefined],
      ['hash', `SHA256=${bad}`],
    ],
  );
  assert.equal(count('events_total'), 1);
});

test('who waits for hashes does not wait for those of later events, on a host that builds programs all day', async () => {
  const enricher = createEnricher(createProcessTable(64, createProcessGuid('host')), undefined);
  const found: (() => void)[] = [];
  const hashOf = (): FileHash => new Promise((resolve) => found.push(() => resolve('a'.repeat(64))));
  const { send, alerts, pipeline } = createRun([hashRule], { enricher: { ...enricher, hashOf } });
  send(execLines({ serial: 1 }));
  const settled = pipeline.settled();
  send(execLines({ serial: 2 }));
  found[0]?.();
  await settled;
  assert.equal(alerts.length, 1);
});

test('where there is no hash, or it is known, all rules judge at once', () => {
  for (const [hash, expected] of [
    [undefined, ['except', 'plain']],
    ['a'.repeat(64), ['hash', 'plain']],
  ] as const) {
    const { send, alerts } = createHashRun([hashRule, exceptRule, plainRule], hash);
    send(execLines());
    assert.deepEqual(
      alerts.map(({ rule }) => rule.id),
      expected,
    );
  }
});

test('where no rule reads the hash, it is asked for only by an alert', () => {
  const quiet = createHashRun([fileRule], 'a'.repeat(64));
  quiet.send(execLines());
  assert.equal(quiet.asked(), 0);
  const { send, alerts } = createHashRun([plainRule], 'a'.repeat(64));
  send(execLines());
  assert.equal(alerts[0]?.event.fields['Hashes'], `SHA256=${bad}`);
});

test('a correlation that groups by the hash waits for it too', async () => {
  const correlation = `title: Many names
id: names
name: names
level: high
correlation:
  type: value_count
  rules: [plain]
  group-by: [Hashes]
  timespan: 1m
  condition: {field: CommandLine, gte: 1}
`;
  const { send, alerts, pipeline } = createHashRun([plainRule, correlation], Promise.resolve('a'.repeat(64)));
  send(execLines());
  assert.equal(alerts.length, 0);
  await pipeline.settled();
  assert.deepEqual(
    alerts.map((alert) => [alert.rule.id, JSON.stringify(alert.correlation).includes(bad)]),
    [['names', true]],
  );
});
