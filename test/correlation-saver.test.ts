import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createCorrelationSaver } from '../src/correlation-saver.ts';
import { createCounters } from '../src/host/counters.ts';
import { openRuleStore } from '../src/rules-store.ts';
import { correlationNamed, ruleNamed } from './correlation/support.ts';
import { createKeptLogger } from './support/kept-logger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-correlations-'));
  const burst = correlationNamed('burst', 'type: event_count\nrules: a\ntimespan: 10s\ncondition: {gte: 3}');
  writeFileSync(join(folder, 'rules.yml'), `${ruleNamed('a')}---\n${burst}`);
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, 'state.json');
const damaged = 'sigma_correlation_state_damaged_total';

async function open() {
  const logger = createKeptLogger();
  const counters = createCounters();
  const rules = await openRuleStore({ paths: [join(folder, 'rules.yml')], placeholders: new Map() }, logger, counters);
  // Each look at this clock is 100 ms after the one before.
  const time = { nowMs: 0 };
  const clock = {
    nowMs: () => 0,
    cpuMs: () => 0,
    monotonicMs: () => {
      time.nowMs += 100;
      return time.nowMs;
    },
    sleep: async () => undefined,
  };
  const saver = createCorrelationSaver(path(), rules, { clock, logger, counters });
  const see = (second: number, id: string) =>
    rules.current
      .matching({ id, timestampMs: second * 1000, logsource: {}, fields: { is: 'a' } })
      .map(({ meta }) => meta.id);
  return { rules, saver, see, logger, counters, time };
}

test('what was seen is there for the next agent', async () => {
  const first = await open();
  first.see(0, '1');
  first.see(1, '2');
  assert.equal(await first.saver.save(), true);
  assert.equal(statSync(path()).mode & 0o777, 0o600);
  const second = await open();
  await second.saver.restore();
  assert.deepEqual([second.see(1, '2'), second.see(2, '3')], [[], ['burst']]);
});

test('nothing is written where nothing was seen, or nothing since', async () => {
  const { saver, see } = await open();
  await saver.restore();
  assert.equal(await saver.save(), true);
  assert.equal(existsSync(path()), false);
  see(0, '1');
  await saver.save('now');
  rmSync(path());
  assert.equal(await saver.save('now'), true);
  assert.equal(existsSync(path()), false);
});

test('where saving takes time it is done less often, and the position has to wait', async () => {
  const { saver, see, time } = await open();
  see(0, '1');
  assert.equal(await saver.save(), true);
  see(0, '2');
  assert.equal(await saver.save(), false);
  assert.equal(await saver.save('now'), true);
  see(0, '3');
  time.nowMs += 1700;
  assert.equal(await saver.save(), false);
  assert.equal(await saver.save(), true);
});

test('a reload keeps what correlations have seen that stay the same, and the file follows', async () => {
  const { rules, saver, see } = await open();
  see(0, '1');
  see(1, '2');
  await saver.save('now');
  writeFileSync(join(folder, 'rules.yml'), `${readFileSync(join(folder, 'rules.yml'), 'utf8')}---\n${ruleNamed('b')}`);
  await rules.reload();
  rmSync(path());
  assert.equal(await saver.save('now'), true);
  assert.equal(existsSync(path()), true);
  assert.deepEqual(see(2, '3'), ['burst']);
  writeFileSync(join(folder, 'rules.yml'), readFileSync(join(folder, 'rules.yml'), 'utf8').replace('gte: 3', 'gte: 4'));
  await rules.reload();
  assert.deepEqual(see(3, '4'), []);
});

const broken: readonly [what: string, text: string][] = [
  ['cut off', '{"correlations":[{"id":"burst","dig'],
  ['of another form', '{"correlations":[{"id":"burst","digest":7,"groups":[]}]}'],
  ['no object', '[]'],
];
for (const [what, text] of broken) {
  test(`a file that is ${what} is counted and logged, and correlations start empty`, async () => {
    writeFileSync(path(), text);
    const { saver, see, logger, counters } = await open();
    await saver.restore();
    assert.equal(counters.read()[damaged], 1);
    assert.match(JSON.stringify(logger.lines.filter(({ level }) => level === 'error')), /state\.json/);
    assert.deepEqual(see(0, '1'), []);
    assert.equal(await saver.save(), true);
    assert.notEqual(readFileSync(path(), 'utf8'), text);
  });
}

test('that it cannot be saved is told once, and again when it can', async () => {
  const { saver, see, logger } = await open();
  see(0, '1');
  rmSync(folder, { recursive: true });
  assert.equal(await saver.save('now'), false);
  assert.equal(await saver.save('now'), false);
  assert.equal(logger.lines.filter(({ level }) => level === 'error').length, 1);
  mkdirSync(folder);
  assert.equal(await saver.save('now'), true);
  assert.match(String(logger.lines.at(-1)?.text), /saved again/);
});
