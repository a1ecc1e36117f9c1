import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCounters } from '../../src/host/counters.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { collectionOf, event, parse, ruleText } from '../sigma/support.ts';

/** A rule set with a clock on which each measured evaluation takes `costMs`, and every event comes `apartMs` after the last. */
function costly({ costMs, apartMs = 0, values = 2 }: { costMs: number; apartMs?: number; values?: number }) {
  let cpuMs = 0;
  let nowMs = 0;
  let asked = 0;
  const clock = {
    monotonicMs: () => nowMs,
    cpuMs: () => {
      asked++;
      cpuMs += asked % 2 === 0 ? costMs : 0;
      return cpuMs;
    },
  };
  const counters = createCounters();
  const listed = Array.from({ length: values }, (_, index) => `x${index}`);
  const { rules } = parse(ruleText(`sel: {f|contains: ${JSON.stringify([...listed, 'needle'])}}\ncondition: sel`));
  const set = createRuleSet(collectionOf(rules), { counters, clock });
  return {
    set,
    counters,
    clocksRead: () => asked,
    matches: (text: string) => {
      nowMs += apartMs;
      return set.matching(event({ f: text })).length > 0;
    },
  };
}

const long = `needle${'y'.repeat(1_000_000)}`;
const quarantinedTotal = (counters: ReturnType<typeof createCounters>) =>
  counters.read()['sigma_rules_quarantined_total'];

describe('a rule whose cost runs away', () => {
  it('is out of force once a second was used in a minute, is counted, and is named once', () => {
    const { set, counters, matches } = costly({ costMs: 300 });
    for (let count = 0; count < 3; count++) assert.ok(matches(long));
    assert.deepEqual(set.takeQuarantined(), []);
    assert.ok(matches(long));
    const [quarantined, ...others] = set.takeQuarantined();
    assert.deepEqual(others, []);
    assert.equal(quarantined?.rule.id, 'rule');
    assert.equal(quarantined?.costMs, 1200);
    assert.equal(quarantined?.evaluations, 4);
    assert.equal(matches(long), false);
    assert.equal(matches('needle'), false);
    assert.deepEqual(set.takeQuarantined(), []);
    assert.equal(quarantinedTotal(counters), 1);
  });

  it('is not out for two evaluations, however slow: the machine may have been', () => {
    const { matches } = costly({ costMs: 5000 });
    assert.ok(matches(long));
    assert.ok(matches(long));
    assert.ok(matches(long));
    assert.equal(matches(long), false);
  });

  it('is not out for what it cost in earlier minutes', () => {
    const { matches } = costly({ costMs: 300, apartMs: 20_001 });
    for (let count = 0; count < 20; count++) assert.ok(matches(long));
  });

  it('is not out for many evaluations that are quick', () => {
    const { matches } = costly({ costMs: 4 });
    for (let count = 0; count < 300; count++) assert.ok(matches(long));
  });

  it('is not measured where it cannot be slow', () => {
    const { matches, clocksRead } = costly({ costMs: 5000 });
    for (let count = 0; count < 10; count++) assert.ok(matches('needle in a command line'));
    assert.equal(clocksRead(), 0);
  });

  it('is measured for its many values too', () => {
    const { matches } = costly({ costMs: 500, values: 90_000 });
    for (let count = 0; count < 3; count++) assert.ok(matches('needle in a command line'));
    assert.equal(matches('needle in a command line'), false);
  });
});

it('a rule whose field the index does not search is measured from the second time on', () => {
  let cpuMs = 0;
  const clock = { monotonicMs: () => 0, cpuMs: () => (cpuMs += 500) };
  const { rules } = parse(ruleText("sel: {f|re: '[^z]$'}\ncondition: sel"));
  const set = createRuleSet(collectionOf(rules), { clock });
  for (let count = 0; count < 4; count++) assert.equal(set.matching(event({ f: long })).length, 1);
  assert.equal(set.matching(event({ f: long })).length, 0);
});
