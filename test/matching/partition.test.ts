import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { collectionOf, parse } from '../sigma/support.ts';

const auditd = { product: 'linux', service: 'auditd' };

const { rules } = parse(`
title: name
id: 00000000-0000-4000-8000-000000000001
level: low
logsource: {product: linux, service: auditd}
detection: {sel: {type: PATH, name: /etc/shadow}, condition: sel}
---
title: word
id: 00000000-0000-4000-8000-000000000002
level: low
logsource: {product: linux, service: auditd}
detection: {sel: {type: CWD}, words: [secret], condition: sel and words}
`);

/** An event that counts how often it is looked into. */
function event(type: string, likeness: string | undefined, name: string): SigmaEvent & { looks: number } {
  return {
    id: '1',
    timestampMs: 0,
    logsource: auditd,
    fields: {},
    message: `type=${type} name="${name}"`,
    likeness,
    looks: 0,
    field(field) {
      if (field !== 'type') this.looks++;
      return { type, name }[field as 'type' | 'name'];
    },
  } as SigmaEvent & { looks: number };
}

test('an event like one before is answered without being looked into', () => {
  const set = createRuleSet(collectionOf(rules));
  const first = event('PATH', 'a', '/etc/shadow');
  const again = event('PATH', 'a', '/etc/shadow');
  assert.deepEqual(
    set.matching(first).map(({ meta }) => meta.title),
    ['name'],
  );
  assert.deepEqual(
    set.matching(again).map(({ meta }) => meta.title),
    ['name'],
  );
  assert.ok(first.looks > 0);
  assert.equal(again.looks, 0);
});

test('the same likeness of another type is another event', () => {
  const set = createRuleSet(collectionOf(rules));
  assert.equal(set.matching(event('CWD', 'a', 'nothing')).length, 0);
  assert.equal(set.matching(event('PATH', 'a', '/etc/shadow')).length, 1);
  assert.equal(set.matching(event('CWD', 'b', 'secret')).length, 1);
});

test('without a likeness every event is looked into, and very long ones are not remembered', () => {
  const set = createRuleSet(collectionOf(rules));
  for (const likeness of [undefined, 'x'.repeat(100_000)]) {
    assert.equal(set.matching(event('PATH', likeness, '/etc/shadow')).length, 1);
    assert.equal(set.matching(event('PATH', likeness, '/etc/passwd')).length, 0);
  }
});

test('an event like one before for which no rule held is silent, and nothing else is', () => {
  const set = createRuleSet(collectionOf(rules));
  assert.equal(set.isSilent(auditd, 'PATH', 'a'), false);
  set.matching(event('PATH', 'a', '/etc/shadow'));
  set.matching(event('PATH', 'b', '/etc/passwd'));
  const silent = [
    ['PATH', 'a'],
    ['PATH', 'b'],
    ['CWD', 'b'],
    ['PATH', 'c'],
  ].map(([type = '', likeness = '']) => set.isSilent(auditd, type, likeness));
  assert.deepEqual(silent, [false, true, false, false]);
  const linear = createRuleSet(collectionOf(rules), { index: false });
  linear.matching(event('PATH', 'b', '/etc/passwd'));
  assert.equal(linear.isSilent(auditd, 'PATH', 'b'), false);
});
