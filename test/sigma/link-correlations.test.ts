import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { correlationNamed, linked, ruleNamed } from '../correlation/support.ts';

const counts = (rules: string, more = '') =>
  `type: event_count\nrules: ${rules}\ntimespan: 1m\ncondition: {gte: 2}\n${more}`;
const named = ruleNamed('a').replace('id: a', 'id: id-a');

/** Ids and members of what is linked, in order. */
function outcome(...texts: string[]) {
  const { collection, problems } = linked(...texts);
  return {
    correlations: collection.correlations.map(({ correlation, members }) => [correlation.meta.id, ...members]),
    rules: collection.rules.map(({ meta }) => meta.id),
    problems,
  };
}

describe('linking correlations', () => {
  it('finds rules by id and by name, also in later documents', () => {
    const { correlations, problems } = outcome(correlationNamed('x', counts('[a, b]')), named, ruleNamed('b'));
    assert.deepEqual([correlations, problems], [[['x', 'id-a', 'b']], []]);
    assert.deepEqual(outcome(named, correlationNamed('x', counts('id-a'))).correlations, [['x', 'id-a']]);
  });

  it('puts those that others refer to first, however far apart they stand', () => {
    const texts = [
      correlationNamed('x', counts('y')),
      correlationNamed('y', counts('z')),
      correlationNamed('z', counts('a')),
    ];
    assert.deepEqual(outcome(...texts, ruleNamed('a')).correlations, [
      ['z', 'a'],
      ['y', 'z'],
      ['x', 'y'],
    ]);
  });

  const rejected: readonly [what: string, texts: readonly string[], problems: readonly string[]][] = [
    [
      'a rule that is not there, and what refers to that correlation',
      [ruleNamed('abc'), correlationNamed('x', counts('[abd]')), correlationNamed('y', counts('x'))],
      [
        "error 14:11 no rule has the id or name 'abd' (did you mean 'abc'?)",
        "error 24:10 the correlation 'x' is left out, and so is this one",
      ],
    ],
    [
      'a circle',
      [correlationNamed('x', counts('y')), correlationNamed('y', counts('x'))],
      [
        "error 17:10 'x' refers back to this correlation",
        "error 7:10 the correlation 'y' is left out, and so is this one",
      ],
    ],
    ['itself', [correlationNamed('x', counts('x'))], ["error 7:10 'x' refers back to this correlation"]],
    [
      'a rule twice, by name and by id',
      [named, correlationNamed('x', counts('[a, id-a]'))],
      ["error 14:14 'id-a' is a rule that stands here already"],
    ],
    [
      'an alias for a rule that is not one of its own',
      [
        ruleNamed('a'),
        ruleNamed('b'),
        correlationNamed('x', counts('[a]', 'group-by: [ip]\naliases: {ip: {a: src, b: dst, ab: dst}}')),
      ],
      [
        "error 25:26 alias 'ip': 'b' is none of the rules of this correlation",
        "error 25:34 alias 'ip': 'ab' is none of the rules of this correlation (did you mean 'a'?)",
      ],
    ],
  ];
  for (const [what, texts, problems] of rejected) {
    it(`leaves out what refers to ${what}`, () => {
      const found = outcome(...texts);
      assert.deepEqual([found.correlations, found.problems], [[], problems]);
    });
  }

  it('a rule stays although the correlation over it is left out', () => {
    assert.deepEqual(outcome(ruleNamed('a'), correlationNamed('x', counts('[a, b]'))).rules, ['a']);
  });

  it('a chain that is too long is named', () => {
    const chain = Array.from({ length: 5000 }, (_, at) => correlationNamed(`x${at}`, counts(`x${at + 1}`)));
    const { correlations, problems } = outcome(...chain, ruleNamed('x5000'));
    assert.match(problems[0] ?? '', /correlations over correlations are chained deeper than 64/);
    assert.equal(correlations.length + problems.length, chain.length);
  });

  it('an order may name a rule twice', () => {
    const body = 'type: temporal_ordered\nrules: [a, b, a]\ntimespan: 1m';
    const { correlations, problems } = outcome(ruleNamed('a'), ruleNamed('b'), correlationNamed('x', body));
    assert.deepEqual([correlations, problems], [[['x', 'a', 'b', 'a']], []]);
  });

  it('aliases may call a rule by its other name', () => {
    const body = counts('[id-a]', 'group-by: [ip]\naliases: {ip: {a: src}}');
    const { collection, problems } = linked(named, correlationNamed('x', body));
    assert.deepEqual(problems, []);
    assert.equal(collection.correlations[0]?.aliases.get('ip')?.get('id-a'), 'src');
  });

  it('a field to group by that no event has is warned of, where the rule says which events', () => {
    const of = (logsource: string) => named.replace('{product: linux}', logsource).replace('is: a', 'User: a');
    const grouped = (field: string, logsource: string) =>
      outcome(of(logsource), correlationNamed('x', counts('a', `group-by: [User, ${field}]`))).problems;
    const without = (field: string, hint = '') =>
      `warning 17:20 no event here that 'a' matches has a field '${field}'${hint}, so all of them are one group`;
    const execs = '{product: linux, category: process_creation}';
    assert.deepEqual(grouped('ParentImag', execs), [without('ParentImag', " (did you mean 'ParentImage'?)")]);
    assert.deepEqual(grouped('ParentImage', execs), []);
    assert.deepEqual(grouped('ParentImag', '{product: linux}'), []);
    assert.match(grouped('SourceIp', '{product: linux, service: sshd}').join(), /has a field 'SourceIp'/);
  });

  it('the digest changes with what it is made of, however far away, and with nothing else', () => {
    const digest = (rule: string, inner: string, outer: string) => {
      const { collection } = linked(rule, ruleNamed('b'), inner, outer);
      return collection.correlations.find(({ correlation }) => correlation.meta.id === 'y')?.digest;
    };
    const [x, y] = [correlationNamed('x', counts('a')), correlationNamed('y', counts('x'))];
    const before = digest(ruleNamed('a'), x, y);
    assert.ok(before);
    assert.equal(digest(ruleNamed('a'), x, y), before);
    assert.notEqual(digest(ruleNamed('a').replace('is: a', 'is: aa'), x, y), before);
    assert.notEqual(digest(ruleNamed('a'), x.replace('gte: 2', 'gte: 3'), y), before);
    assert.notEqual(digest(ruleNamed('a'), x, y.replace('1m', '2m')), before);
  });
});
