import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';

const good = `title: A rule
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
name: a_rule
status: test
date: 2026-11-24
modified: 2028-02-29
taxonomy: sigma
license: MIT
tags: [attack.t1059, cve.2021-1]
related: [{id: 08fbc97d-0a2f-491c-ae21-8ffcfd3174e9, type: derived}]
level: low
scope: [server]
note: a key of one's own
logsource: {product: linux, service: onelogin.events, definition: Needs it}
detection:
  sel: {f: x}
  condition: sel
`;

/** Each makes one change to a good rule, which still loads. */
const doubtful: readonly [from: string, to: string, problem: string][] = [
  ['A rule', 'x'.repeat(257), '1:8 the title has 257 characters, and the specification allows 256'],
  [
    '929a690e-bef0-4204-a928-ef5e620d6fcc',
    'my-rule',
    "2:5 the id 'my-rule' is no UUID, and other tools refuse it; 'uuidgen' makes one",
  ],
  ['status: test', 'status: tset', "4:9 unknown status 'tset' (did you mean 'test'?)"],
  ['status: test', 'status: new', "4:9 unknown status 'new': stable, test, experimental, deprecated, unsupported"],
  ['2026-11-24', '2026/1/9', "5:7 '2026/1/9' is no date; the specification writes YYYY-MM-DD, here 2026-01-09"],
  ['2026-11-24', 'today', "5:7 'today' is no date; the specification writes YYYY-MM-DD"],
  ['2028-02-29', '2027-02-29', "6:11 '2027-02-29' is no date; the specification writes YYYY-MM-DD"],
  [
    'taxonomy: sigma',
    'taxonomy: ecs',
    "7:11 the taxonomy 'ecs' is not known here: its fields and logsources are taken for Sigma's",
  ],
  ['attack.t1059', 'execution', "9:8 the tag 'execution' has no namespace, as in 'attack.t1059'"],
  ['type: derived', 'type: drived', "10:60 unknown type 'drived' (did you mean 'derived'?)"],
  ['name:', 'Name:', "3:1 unknown key 'Name' (did you mean 'name'?)"],
  ['license:', 'licence:', "8:1 unknown key 'licence' (did you mean 'license'?)"],
  ['note:', 'falsepositive:', "13:1 unknown key 'falsepositive' (did you mean 'falsepositives'?)"],
  ['note:', 'refrences:', "13:1 unknown key 'refrences' (did you mean 'references'?)"],
  ['product: linux', 'product: Linux', "14:22 logsources are compared with case: write 'linux', not 'Linux'"],
  ['definition:', 'prodcut:', "14:55 'prodcut' of a logsource is not evaluated (did you mean 'product'?)"],
  ['definition:', 'channel:', "14:55 'channel' of a logsource is not evaluated"],
];

function problemsOf(text: string): { problems: readonly string[]; documents: number } {
  const report = createReport();
  const documents = parseDocuments(text, 'r.yml', report).length;
  return { documents, problems: report.problems.map((p) => `${p.severity} ${p.at.line}:${p.at.column} ${p.text}`) };
}

describe('what is doubtful about what a document says of itself (rules, Components)', () => {
  it('is nothing in a good one', () => assert.deepEqual(problemsOf(good), { documents: 1, problems: [] }));

  for (const [from, to, problem] of doubtful) {
    it(`${from} as ${to.slice(0, 40)}`, () => {
      assert.ok(good.includes(from));
      assert.deepEqual(problemsOf(good.replace(from, to)), { documents: 1, problems: [`warning ${problem}`] });
    });
  }

  it('helps where a key is missing', () => {
    assert.deepEqual(problemsOf(good.replace('detection:', 'detections:').replace('logsource:', 'logsources:')), {
      documents: 0,
      problems: [
        "error 1:1 a rule needs a 'logsource'",
        "warning 14:1 unknown key 'logsources' (did you mean 'logsource'?)",
        "warning 15:1 unknown key 'detections' (did you mean 'detection'?)",
        "error 1:1 a rule needs a 'detection'",
      ],
    });
  });

  it('says nothing of a key like one that is there', () => {
    assert.deepEqual(problemsOf(good.replace('note:', 'dates:')).problems, []);
  });
});
