import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { EventFields, Logsource } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import type { Telemetry } from '../../src/verdict/telemetry.ts';
import { judge } from '../../src/verdict/verdict.ts';
import { collectionOf, parse } from '../sigma/support.ts';
import { hostWith } from '../support/telemetry.ts';

/** A host, events that it could tell, and what rules may ask of them. */
interface World {
  readonly logsource: Logsource;
  readonly host: Telemetry;
  readonly event: fc.Arbitrary<EventFields>;
  readonly fields: readonly string[];
  readonly values: readonly string[];
}

const words = ['/bin/sh', 'sh', '/etc/passwd', ''];
const text = fc.constantFrom(...words);

const processes: World = {
  logsource: { product: 'linux', category: 'process_creation' },
  host: hostWith('-a always,exit -F arch=b64 -S execve,execveat -F success=1'),
  event: fc.record(
    { Image: text, CommandLine: text, EffectiveUser: text, EventSource: fc.constant('audit') },
    { requiredKeys: ['EventSource'] },
  ),
  fields: ['Image', 'CommandLine', 'EffectiveUser', 'Company', 'Hashes', 'EventSource'],
  values: [...words, 'audit', 'proc', '*', '*sh'],
};

const records: World = {
  logsource: { product: 'linux', service: 'auditd' },
  host: hostWith(
    `-a always,exit -F arch=b64 -S execve,connect -F euid=0 -F key=calls
-w /etc -p wa -k files`,
    { watchedFolders: new Set(['/etc']) },
  ),
  event: fc.oneof(
    fc.record({
      type: fc.constant('SYSCALL'),
      SYSCALL: fc.constantFrom('execve', 'connect'),
      key: fc.constant('calls'),
      euid: fc.constant('0'),
      exe: text,
    }),
    fc.record(
      {
        type: fc.constant('PATH'),
        name: fc.constantFrom('/etc/passwd', '/etc', '/etc/cron.d/x'),
        nametype: fc.constantFrom('NORMAL', 'CREATE'),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('ADD_USER'), exe: text, acct: text }, { requiredKeys: ['type'] }),
    fc.record({ type: fc.constant('EXECVE'), a0: text, a1: text }, { requiredKeys: ['type', 'a0'] }),
  ),
  fields: ['type', 'SYSCALL', 'key', 'euid', 'exe', 'name', 'nametype', 'acct', 'a0', 'a1'],
  values: [
    ...words,
    'SYSCALL',
    'path',
    'EXECVE',
    'execve',
    'ptrace',
    'calls',
    'files',
    '/etc/*',
    '0',
    'CREATE',
    'DELETE',
  ],
};

function detectionOf({ fields, values }: World): fc.Arbitrary<object> {
  const field = fc.constantFrom(...fields);
  const value = fc.constantFrom(...values);
  const entry = fc.oneof(
    fc.tuple(
      fc
        .tuple(field, fc.constantFrom('', '|contains', '|startswith', '|endswith', '|neq', '|re'))
        .map((key) => key.join('')),
      // A star alone is no regular expression.
      fc.array(
        value.map((one) => one.replaceAll('*', '.*')),
        { minLength: 1, maxLength: 3 },
      ),
    ),
    fc.tuple(field, fc.array(value, { minLength: 1, maxLength: 3 })),
    fc.tuple(field, fc.constant(null)),
    fc.tuple(
      field.map((name) => `${name}|exists`),
      fc.boolean(),
    ),
    fc.tuple(
      field.map((name) => `${name}|fieldref`),
      field,
    ),
  );
  const map = fc.array(entry, { minLength: 1, maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  const selection = fc.oneof(map, fc.array(map, { minLength: 1, maxLength: 2 }));
  const condition = fc.constantFrom(
    'a',
    'not a',
    'a and b',
    'a or not b',
    'a and not b',
    'not (a and b)',
    'not (a or b)',
    '1 of them',
    'all of them',
    'a and not 1 of *',
    'not all of them',
  );
  return fc.record({ a: selection, b: selection, condition });
}

describe('a rule that matches an event of a host is not said to be unable to fire there', () => {
  for (const world of [processes, records]) {
    it(JSON.stringify(world.logsource), () => {
      let matched = 0;
      let unable = 0;
      fc.assert(
        fc.property(detectionOf(world), fc.array(world.event, { minLength: 1, maxLength: 8 }), (detection, events) => {
          const { logsource } = world;
          const rule = { title: 'A rule', id: 'rule', level: 'low', logsource, detection };
          const { rules } = parse(JSON.stringify(rule));
          const [verdict] = judge(collectionOf(rules), world.host);
          if (!verdict) return;
          const set = createRuleSet(collectionOf(rules), { index: false });
          const fires = events.some((fields) => set.matching({ logsource, fields }).length > 0);
          if (verdict.verdict === 'cannot-fire') unable++;
          if (!fires) return;
          matched++;
          assert.notEqual(verdict.verdict, 'cannot-fire', JSON.stringify(verdict.reasons));
        }),
        { numRuns: 300 },
      );
      // Else it would prove nothing.
      assert.ok(matched > 40 && unable > 10, `${matched} matched, ${unable} unable`);
    });
  }
});
