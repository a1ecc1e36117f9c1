import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RuleVerdict, Verdict } from '../../src/model/verdict.ts';
import { attackLayer } from '../../src/pages/attack-layer.ts';
import { parse, ruleText } from '../sigma/support.ts';

const [rule] = parse(ruleText('sel: {f: x}\ncondition: sel')).rules;
assert.ok(rule);
const { meta } = rule;

const judged = (title: string, verdict: Verdict, ...tags: readonly string[]): RuleVerdict => ({
  meta: { ...meta, title, tags },
  verdict,
  reasons: [],
});

const verdicts = [
  judged('B', 'can-fire', 'attack.execution', 'attack.t1059.006', 'attack.T1059'),
  judged('A', 'degraded', 'attack.t1059.006', 'attack.t1059.006'),
  judged('C \u202e', 'cannot-fire', 'attack.t1059.006', 'attack.t9999'),
  judged('D', 'can-fire', 'cve.2021-4034'),
];

describe('the layer for the ATT&CK Navigator', () => {
  const layer = attackLayer(verdicts);

  it('has each technique once, with the number of rules that can fire', () => {
    assert.deepEqual(
      layer.techniques.map(({ techniqueID, score }) => [techniqueID, score]),
      [
        ['T1059', 1],
        ['T1059.006', 2],
        ['T9999', 0],
      ],
    );
  });

  it('names the rules, harmless, and counts their verdicts', () => {
    const python = layer.techniques.find(({ techniqueID }) => techniqueID === 'T1059.006');
    assert.equal(python?.comment, 'A (degraded)\nB\nC \\u{202e} (cannot-fire)');
    assert.deepEqual(python?.metadata, [
      { name: 'can-fire', value: '1' },
      { name: 'degraded', value: '1' },
      { name: 'cannot-fire', value: '1' },
    ]);
    assert.deepEqual(layer.metadata[0], { name: 'rules', value: '4' });
  });

  it('says which versions it is of, as format 4.5 has them', () => {
    assert.deepEqual(layer.versions, { attack: '17', navigator: '5.1.0', layer: '4.5' });
    assert.equal(layer.domain, 'enterprise-attack');
    assert.deepEqual([layer.gradient.minValue, layer.gradient.maxValue], [0, 2]);
    assert.deepEqual(JSON.parse(JSON.stringify(layer)), layer);
  });

  it('is the same in whatever order the rules come', () => {
    assert.deepEqual(attackLayer(verdicts.toReversed()), layer);
  });

  it('of no technique is a layer too', () => {
    const { techniques, gradient } = attackLayer([judged('D', 'can-fire')]);
    assert.deepEqual([techniques, gradient.maxValue], [[], 1]);
  });
});
