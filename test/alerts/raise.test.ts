import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRaise } from '../../src/alerts/raise.ts';
import type { CorrelationMatch, Match } from '../../src/model/rule.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';

const context = {
  host: { name: 'web-1', id: 'machine-1' },
  agentVersion: '1.2.3',
  rulesetHash: () => 'sha256:aa',
};

const match: Match = {
  rule: {
    id: 'rule-1',
    title: 'A title',
    level: 'medium',
    status: 'test',
    description: 'not for receivers',
    author: undefined,
    tags: ['attack.t1059'],
    references: ['https://example.org'],
    license: undefined,
    date: undefined,
    modified: undefined,
    related: [],
    falsepositives: [],
    logsource: { product: 'linux' },
    path: '/etc/sigmond/rules/a.yml',
  },
  selections: { selection: [{ field: 'Image', value: '/bash', operator: 'endswith' }] },
};

const event: SigmaEvent = {
  id: '1795489893.399:14906',
  timestampMs: 1_795_489_893_399,
  logsource: { product: 'linux', category: 'process_creation' },
  fields: { Image: '/usr/bin/bash' },
  argv: ['bash'],
  ordinal: 0,
  pid: 12,
};

test('an alert has the shape of the contract', () => {
  const ancestry = [{ pid: 1, image: '/sbin/init' }];
  const alert = createRaise(context)(match, event, ancestry);
  assert.match(alert.id, /^[0-9a-f]{32}$/);
  assert.deepEqual(JSON.parse(JSON.stringify(alert)), {
    id: alert.id,
    timestamp: '2026-11-24T03:11:33.399Z',
    severity: 'medium',
    count: 1,
    rule: {
      id: 'rule-1',
      title: 'A title',
      level: 'medium',
      tags: ['attack.t1059'],
      status: 'test',
      references: ['https://example.org'],
    },
    event: {
      id: '1795489893.399:14906',
      timestamp: '2026-11-24T03:11:33.399Z',
      logsource: { product: 'linux', category: 'process_creation' },
      fields: { Image: '/usr/bin/bash' },
      argv: ['bash'],
    },
    match: { extended: false, selections: match.selections },
    ancestry,
    host: { name: 'web-1', id: 'machine-1' },
    agent: { version: '1.2.3', ruleset: 'sha256:aa' },
  });
});

test('an alert of a correlation says what it fired on, and its id is that of rule and event alone', () => {
  const correlation: CorrelationMatch = {
    type: 'event_count',
    groupBy: { User: 'root', Tty: null },
    timespanMs: 60_000,
    value: 2,
    eventCount: 2,
    events: [{ id: '1795489893.399:14905', timestamp: '2026-11-24T03:11:33.399Z', rule: 'rule-0' }],
  };
  const raise = createRaise(context);
  const alert = raise({ ...match, selections: {}, correlation }, event, []);
  assert.deepEqual(alert.correlation, correlation);
  assert.equal(alert.event.id, event.id);
  assert.equal(raise({ ...match, correlation: { ...correlation, value: 3 } }, event, []).id, alert.id);
});

test('what is not known is absent', () => {
  const { argv: _, ...withoutArgv } = event;
  const alert = createRaise(context)({ ...match, rule: { ...match.rule, status: undefined } }, withoutArgv, []);
  assert.equal('argv' in alert.event, false);
  assert.equal('status' in alert.rule, false);
  assert.equal('correlation' in alert, false);
});

test('the same event raised again has the same id, also by another version with other rules', () => {
  const first = createRaise(context)(match, event, []);
  const later = createRaise({ ...context, agentVersion: '9', rulesetHash: () => 'sha256:bb' });
  assert.equal(later(match, { ...event, fields: {} }, [{ pid: 3 }]).id, first.id);
  assert.equal(later(match, event, []).agent.ruleset, 'sha256:bb');
});

const { ordinal: _ordinal, ...withoutOrdinal } = event;
const others: readonly [string, string, string, SigmaEvent][] = [
  ['another host', 'machine-2', 'rule-1', event],
  ['another rule', 'machine-1', 'rule-2', event],
  ['another event', 'machine-1', 'rule-1', { ...event, id: '1795489893.399:14907' }],
  ['another category', 'machine-1', 'rule-1', { ...event, logsource: { product: 'linux', category: 'file_event' } }],
  [
    'category as service',
    'machine-1',
    'rule-1',
    { ...event, logsource: { product: 'linux', service: 'process_creation' } },
  ],
  ['another ordinal', 'machine-1', 'rule-1', { ...event, ordinal: 1 }],
  ['no ordinal', 'machine-1', 'rule-1', withoutOrdinal],
  ['parts that only join to the same text', 'machine-1rule', '-1', event],
  ['parts that hold a separator', 'machine-1","rule-1', '', event],
];

test('another alert has another id', () => {
  const idOf = (hostId: string, ruleId: string, of: SigmaEvent) =>
    createRaise({ ...context, host: { name: 'web-1', id: hostId } })(
      { ...match, rule: { ...match.rule, id: ruleId } },
      of,
      [],
    ).id;
  const ids = new Map([[idOf('machine-1', 'rule-1', event), 'the alert']]);
  for (const [what, ...parts] of others) {
    const id = idOf(...parts);
    assert.equal(ids.get(id), undefined, what);
    ids.set(id, what);
  }
});

for (const [id, name] of [
  ['collector-7 1795489893.399:14906', 'collector-7'],
  ['1795489893.399:14906', 'web-1'],
  ['an id from elsewhere', 'web-1'],
  ['proc 17', 'web-1'],
] as const) {
  test(`host.name of event ${id} is ${name}`, () => {
    assert.deepEqual(createRaise(context)(match, { ...event, id }, []).host, { name, id: 'machine-1' });
  });
}
