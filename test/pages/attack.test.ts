import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tacticOf, techniqueOf } from '../../src/pages/attack.ts';
import { attackNames } from '../../src/pages/attack-names.ts';

describe('ATT&CK', () => {
  const techniques: readonly (readonly [string, ReturnType<typeof techniqueOf>])[] = [
    [
      'attack.t1059.006',
      { id: 'T1059.006', name: 'Command and Scripting Interpreter: Python', tactics: ['execution'] },
    ],
    [
      'attack.T1078',
      {
        id: 'T1078',
        name: 'Valid Accounts',
        tactics: ['defense-evasion', 'persistence', 'privilege-escalation', 'initial-access'],
      },
    ],
    // Of a later version: kept by its id.
    ['attack.t1685.001', { id: 'T1685.001', name: undefined, tactics: [] }],
    ['attack.t9999', { id: 'T9999', name: undefined, tactics: [] }],
    ['attack.t105', undefined],
    ['attack.t1059.6', undefined],
    ['attack.execution', undefined],
    ['attack.g0049', undefined],
    ['cve.2021-44228', undefined],
    ['t1059', undefined],
  ];
  for (const [tag, expected] of techniques) {
    it(`${tag}: ${expected?.name ?? expected?.id ?? 'no technique'}`, () => {
      const found = techniqueOf(tag);
      assert.deepEqual(found && { ...found, tactics: found.tactics.toSorted() }, expected && sorted(expected));
    });
  }

  const tactics: readonly (readonly [string, string | undefined])[] = [
    ['attack.command-and-control', 'command-and-control'],
    ['attack.defense_evasion', 'defense-evasion'],
    // Of ATT&CK 19.
    ['attack.stealth', 'stealth'],
    ['attack.t1059', undefined],
    ['attack.s0154', undefined],
    ['detection.emerging-threats', undefined],
  ];
  for (const [tag, expected] of tactics) {
    it(`${tag}: ${expected ?? 'no tactic'}`, () => assert.equal(tacticOf(tag), expected));
  }

  it('knows every line of the names', () => {
    const lines = attackNames.trim().split('\n');
    let parent = '';
    for (const line of lines) {
      const id = line.trim().split(' ', 1)[0] ?? '';
      if (!line.startsWith(' ')) parent = id;
      const tag = `attack.${line.startsWith(' ') ? `${parent}.${id}` : id}`;
      const technique = techniqueOf(tag);
      assert.ok(technique?.name, tag);
      assert.ok(technique.tactics.length > 0 && technique.tactics.every((tactic) => /^[a-z-]+$/.test(tactic)), tag);
    }
    // So that no line is lost unseen.
    assert.equal(lines.length, 665);
  });
});

function sorted(technique: NonNullable<ReturnType<typeof techniqueOf>>) {
  return { ...technique, tactics: technique.tactics.toSorted() };
}
