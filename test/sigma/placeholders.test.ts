import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FieldValue } from '../../src/model/sigma-event.ts';
import type { Placeholders } from '../../src/sigma/placeholders.ts';
import { event, holds, parse, ruleText } from './support.ts';

const placeholders: Placeholders = new Map<string, readonly (string | number)[]>([
  ['Admins', ['root', 'adm_*']],
  ['Servers', ['srv?', 'db']],
  ['Ports', [22, 2222]],
  ['Odd', ['a.b', 'c\\*d']],
  ['Nets', ['10.0.0.0/8', 'fe80::/10']],
  ['Fields', ['g']],
  ['Dash', ['-x']],
  ['with space', ['x']],
]);

const detectionOf = (item: string) => `sel:\n  ${item}\ncondition: sel`;

const rows: readonly [item: string, yes: readonly FieldValue[], no: readonly FieldValue[]][] = [
  [`f|expand: '%Admins%'`, ['root', 'ADM_x', 'adm_'], ['roots', '%Admins%', 'x']],
  [`f|expand: 'user=%Admins%;'`, ['user=root;', 'user=adm_1;'], ['user=x;', 'root']],
  [`f|expand|contains: '%Admins%'`, ['xrootx', 'an adm_'], ['admx']],
  [`f|contains|expand: '%Admins%'`, ['xrootx', 'an adm_'], ['admx']],
  [`f|expand|startswith: '%Servers%'`, ['srv1.local', 'dbx'], ['xsrv1', 'srv']],
  [`f|expand|endswith: '\\\\%Servers%'`, ['x\\srv1', '\\db'], ['xdb']],
  [`f|expand|contains|all: ['%Admins%', '%Servers%']`, ['db root', 'adm_ srv1'], ['root', 'srv1', 'root adm_']],
  [`f|expand|neq: '%Admins%'`, ['x'], ['root', 'adm_y']],
  [`f|expand|cased: '%Admins%'`, ['root', 'adm_X'], ['ROOT']],
  [`f|expand: '%Admins%@%Servers%'`, ['root@db', 'adm_a@srv9', 'root@srv1'], ['root@', '@db', 'db@root']],
  [`f|expand: ['%Servers%', other]`, ['db', 'other'], ['servers']],
  [`f|expand: ['%Servers%', 7, null]`, ['db', '07'], ['']],
  [`f|expand: '\\%plain%Servers%'`, ['%plaindb', '%plainsrv1'], ['%plain%Servers%', 'db']],
  [`f|expand: '100% %Servers%'`, ['100% db'], ['100% ']],
  [`f|expand: '\\\\%Servers%'`, ['\\db'], ['db', '%Servers%']],
  [`f|expand: 'a\\*%Servers%'`, ['a*db'], ['axdb']],
  [`f|expand: 'a*%Servers%'`, ['a*db', 'axxdb'], ['db']],
  [`f|expand: '%Odd%'`, ['a.b', 'c*d'], ['axb', 'cxd']],
  [`f|expand: '%with space%'`, ['x'], ['with space']],
  [`f|expand: '%Ports%'`, [22, '22', '022', 2222], [2, '222']],
  [`f|expand|contains: '%Ports%'`, ['port 22', '12222'], ['2 2']],
  [`f|expand|gt: '%Ports%'`, [23, '2223'], [22, 'x']],
  [`f|expand|hour: '%Ports%'`, ['2026-11-24T22:00:00Z'], ['2026-11-24T21:00:00Z']],
  [`f|re|expand: '^%Odd%+$'`, ['a.b', 'a.ba.b', 'c*d'], ['a.bb', 'axb']],
  [`f|expand|re: '^%Admins%$'`, ['root', 'adm_', 'adm_\n'], ['Root', 'xroot']],
  [`f|re|expand|i: '^\\%%Servers%\\d$'`, ['%DB7', '%srvx1'], ['db7']],
  [`f|cidr|expand: '%Nets%'`, ['10.1.2.3', 'fe80::1'], ['11.0.0.0', '%Nets%']],
  [`f|fieldref|expand: '%Fields%'`, ['same'], ['other']],
  [`f|expand|base64|contains: '%Ports%'`, ['xMjI=x', 'MjIyMg=='], ['22']],
  [`f|expand|windash: 'a %Dash%'`, ['a -x', 'a /x', 'a –x'], ['a x']],
];

describe('expand puts values in the place of placeholders (rules, Placeholders)', () => {
  for (const [item, yes, no] of rows) {
    it(item, () => {
      for (const [values, expected] of [[yes, true] as const, [no, false] as const]) {
        for (const value of values) {
          const subject = event({ f: value, g: 'same' });
          assert.equal(holds(detectionOf(item), subject, placeholders), expected, JSON.stringify(value));
        }
      }
    });
  }

  it('does so in keywords', () => {
    const detection = `sel:\n  '|expand': ['%Servers%', 'by %Admins%']\ncondition: sel`;
    assert.equal(holds(detection, event({}, 'login BY root'), placeholders), true);
    assert.equal(holds(detection, event({}, 'on srv7'), placeholders), true);
    assert.equal(holds(detection, event({}, 'by nobody'), placeholders), false);
  });

  it('and nowhere without it', () => {
    assert.equal(holds(detectionOf(`f: '%Admins%'`), event({ f: '%admins%' }), placeholders), true);
    assert.equal(holds(detectionOf(`f: '%Admins%'`), event({ f: 'root' }), placeholders), false);
  });
});

describe('placeholders that cannot be used', () => {
  const fix = ": give it some under 'rules.placeholders' in the configuration, or write '\\%' for a '%'";
  const problems: readonly [item: string, problem: string][] = [
    ["f|expand: 'x %Admin%'", "error 8:18 the placeholder '%Admin%' has no values (did you mean 'Admins'?)"],
    ["f|expand: ['%Servers%', '%Elsewhere%']", `error 8:30 the placeholder '%Elsewhere%' has no values${fix}`],
    ["f|expand|exists: '%Servers%'", "error 8:14 modifier 'exists' needs true or false, without quotes"],
    ["f|expand|lt: '%Servers%'", "error 8:14 modifier 'lt' needs a number"],
    ["f|expand|base64: '%Servers%'", "error 8:14 modifier 'base64' cannot encode wildcards"],
    [`f|expand: '${'%Admins%'.repeat(17)}'`, 'error 8:15 placeholders make this rule longer than 1048576 characters'],
  ];
  for (const [item, problem] of problems) {
    it(item, () => {
      const { rules, problems: found } = parse(ruleText(detectionOf(item)), placeholders);
      assert.deepEqual(rules, []);
      assert.ok(found.length === 1 && found[0]?.startsWith(problem), found.join('\n'));
    });
  }

  it('a value without any is doubtful', () => {
    assert.deepEqual(parse(ruleText(detectionOf("f|expand: '100%'")), placeholders).problems, [
      "warning 8:15 modifier 'expand' changes nothing here: the value has no placeholder like '%name%'",
    ]);
  });
});

describe('the digest of a rule with placeholders', () => {
  const digestOf = (item: string, values: Placeholders) => parse(ruleText(detectionOf(item)), values).rules[0]?.digest;
  const others = new Map([...placeholders, ['Servers', ['db']] as const]);

  it('changes with their values, and only theirs', () => {
    const item = "f|expand: '%Servers%'";
    assert.equal(digestOf(item, placeholders), digestOf(item, new Map([...placeholders].reverse())));
    assert.notEqual(digestOf(item, placeholders), digestOf(item, others));
    assert.equal(digestOf("f|expand: '%Admins%'", placeholders), digestOf("f|expand: '%Admins%'", others));
  });

  it('while the id of a rule without one stays that of its text', () => {
    const text = ruleText(detectionOf("f|expand: '%Servers%'")).replace(/id: .*\n/, '');
    const [one, other] = [placeholders, others].map((values) => parse(text, values).rules[0]?.meta.id);
    assert.match(one ?? '', /^sha256:/);
    assert.equal(one, other);
  });
});
