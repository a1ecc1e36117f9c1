import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createCounters } from '../src/host/counters.ts';
import { silentLogger } from '../src/host/logger.ts';
import { ConfigError } from '../src/model/errors.ts';
import { openRuleStore, type RuleStore } from '../src/rules-store.ts';
import { createKeptLogger } from './support/kept-logger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const id = (name: string) => `00000000-0000-4000-8000-0000000000${name}`;

function rule(name: string, value = name): string {
  return `title: rule ${name}
id: ${id(name)}
status: test
level: high
logsource: {product: linux, category: process_creation}
detection:
  sel: {CommandLine|contains: '${value}'}
  condition: sel
`;
}

function write(file: string, text: string): void {
  writeFileSync(join(folder, file), text);
}

const rulesIn = (...paths: string[]) => ({ paths, placeholders: new Map<string, string[]>() });

const idsOf = (store: RuleStore) => store.current.rules.map((meta) => meta.id).sort();

test('no rule at all is an error with its place', async () => {
  await assert.rejects(openRuleStore(rulesIn(folder), silentLogger, createCounters()), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, new RegExp(`^${folder}:1:1: no rule here`));
    return true;
  });
  write('bad.yml', 'title: x\ndetection: {sel: {a|contians: b}, condition: sel}\nlogsource: {product: linux}\n');
  await assert.rejects(openRuleStore(rulesIn(folder), silentLogger, createCounters()), /bad\.yml:2:\d+: /);
});

test('a bad file keeps its old rules at a reload, and the rest is taken anew', async () => {
  write('a.yml', rule('a1'));
  write('b.yml', `${rule('b1')}---\n${rule('b2')}`);
  write('c.yml', rule('c1'));
  const logger = createKeptLogger();
  const store = await openRuleStore(rulesIn(folder), logger, createCounters());
  const before = store.current;
  write('a.yml', rule('a1').replace('contains', 'contians'));
  write('b.yml', `${rule('b1', 'changed')}---\n${rule('b3')}`);
  rmSync(join(folder, 'c.yml'));
  await store.reload();
  assert.deepEqual(idsOf(store), ['a1', 'b1', 'b3'].map(id));
  assert.equal(store.rejected, 1);
  assert.notEqual(store.current.hash, before.hash);
  const problem = logger.lines.find(({ level }) => level === 'warn')?.context['problem'];
  assert.match(String(problem), /a\.yml:7:\d+: .*contians/);
  write('a.yml', rule('a1'));
  await store.reload();
  assert.equal(store.rejected, 0);
});

test('a folder that cannot be used keeps the rules below it, and an emptied one all rules', async () => {
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  write('inner/a.yml', rule('a1'));
  write('b.yml', rule('b1'));
  const logger = createKeptLogger();
  const store = await openRuleStore(rulesIn(inner, join(folder, 'b.yml')), logger, createCounters());
  rmSync(inner, { recursive: true });
  await store.reload();
  assert.deepEqual(idsOf(store), ['a1', 'b1'].map(id));

  mkdirSync(inner);
  writeFileSync(join(folder, 'b.yml'), '');
  await store.reload();
  assert.deepEqual(idsOf(store), ['a1', 'b1'].map(id));
  assert.match(String(logger.lines.at(-1)?.text), /the old ones stay/);
});

test('reloads that come close together end with the files as they are last', async () => {
  write('a.yml', rule('a1'));
  const store = await openRuleStore(rulesIn(folder), silentLogger, createCounters());
  const reloads: Promise<void>[] = [];
  for (let n = 10; n < 20; n++) {
    write('b.yml', rule(String(n)));
    reloads.push(store.reload());
  }
  await Promise.all(reloads);
  assert.deepEqual(idsOf(store), ['19', 'a1'].map(id));
});

test('a reload makes the indexes that were in use before it replaces the set', async () => {
  write('a.yml', rule('a1'));
  const store = await openRuleStore(rulesIn(folder), silentLogger, createCounters());
  const before = store.current;
  before.wants({ product: 'linux', category: 'process_creation' });
  before.wants({ product: 'linux', service: 'auditd' });
  await store.reload();
  assert.notEqual(store.current, before);
  assert.deepEqual(store.current.logsources, before.logsources);
});

test('the hash says what the rules mean: not where they are, nor how they are spelled', async () => {
  write('a.yml', rule('a1'));
  write('b.yml', rule('b1'));
  const store = await openRuleStore(rulesIn(folder), silentLogger, createCounters());
  const { hash } = store.current;
  mkdirSync(join(folder, 'deeper'));
  write('deeper/z.yml', `# moved\n${rule('a1')}`);
  rmSync(join(folder, 'a.yml'));
  await store.reload();
  assert.equal(store.current.hash, hash);
  write('b.yml', rule('b1', 'else'));
  await store.reload();
  assert.notEqual(store.current.hash, hash);
});

test('what correlations see while a reload is under way is not lost', async () => {
  const burst = `title: burst
id: ${id('c1')}
status: test
level: high
correlation: {type: event_count, rules: [${id('a1')}], timespan: 1m, condition: {gte: 3}}
`;
  write('a.yml', `${rule('a1')}---\n${burst}`);
  const store = await openRuleStore(rulesIn(folder), silentLogger, createCounters());
  const fired = (number: number) =>
    store.current
      .evaluate({
        id: String(number),
        timestampMs: number,
        logsource: { product: 'linux', category: 'process_creation' },
        fields: { CommandLine: 'a1' },
      })
      .map((match) => match.rule.id);
  write('b.yml', rule('b1'));
  assert.deepEqual(fired(1), []);
  const reloading = store.reload();
  assert.deepEqual(fired(2), []);
  await reloading;
  assert.equal(store.current.rules.length, 3);
  assert.deepEqual(fired(3), [id('c1')]);
});
