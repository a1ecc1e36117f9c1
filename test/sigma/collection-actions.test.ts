import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRuleSet } from '../../src/rule-set.ts';
import { parseDocuments } from '../../src/sigma/parse-document.ts';
import { createReport } from '../../src/sigma/report.ts';
import type { Rule } from '../../src/sigma/rule.ts';
import { collectionOf, event, parse } from './support.ts';

const global = `action: global
title: shared
level: high
logsource: {product: linux}
detection:
  filter: {User: root}
  condition: sel and not filter
---
`;
const part = (id: string, value: string) => `id: ${id}\ndetection:\n  sel: {f: ${value}}\n---\n`;

function matching(rules: readonly Rule[], fields: Record<string, string>): readonly string[] {
  return createRuleSet(collectionOf(rules))
    .matching(event(fields))
    .map(({ meta }) => meta.id);
}

describe('action: global', () => {
  it('is put into the rules that follow', () => {
    const { rules, problems } = parse(global + part('a', 'x') + part('b', 'y'));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      rules.map(({ meta: { id, title, level } }) => [id, title, level]),
      [
        ['a', 'shared', 'high'],
        ['b', 'shared', 'high'],
      ],
    );
    assert.deepEqual(matching(rules, { f: 'x' }), ['a']);
    assert.deepEqual(matching(rules, { f: 'y' }), ['b']);
    assert.deepEqual(matching(rules, { f: 'x', User: 'root' }), []);
  });

  it('counts over what a rule says itself, as in the tool of the specification', () => {
    const own = 'id: a\ntitle: own\ndetection:\n  sel: {f: x}\n  filter: {User: other}\n---\n';
    const { rules } = parse(global + own);
    assert.equal(rules[0]?.meta.title, 'shared');
    assert.deepEqual(matching(rules, { f: 'x', User: 'other' }), ['a']);
  });

  it('merges maps and replaces all else', () => {
    const own = 'id: a\ntags: [x.y]\ndetection:\n  sel: {f: x}\n  filter: {Group: wheel}\n---\n';
    const { rules } = parse(global.replace('level: high', 'level: high\ntags: [a.b]') + own);
    assert.deepEqual(rules[0]?.meta.tags, ['a.b']);
    assert.deepEqual(matching(rules, { f: 'x', User: 'root' }), ['a']);
    assert.deepEqual(matching(rules, { f: 'x', User: 'root', Group: 'wheel' }), []);
  });

  it('is replaced by the next one and ended by reset', () => {
    const whole =
      'id: c\ntitle: own\nlevel: low\nlogsource: {product: linux}\ndetection:\n  s: {f: z}\n  condition: s\n';
    const next = global.replace('title: shared', 'title: next');
    const { rules, problems } = parse(`${global}${part('a', 'x')}${next}${part('b', 'y')}action: reset\n---\n${whole}`);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      rules.map(({ meta: { id, title } }) => [id, title]),
      [
        ['a', 'shared'],
        ['b', 'next'],
        ['c', 'own'],
      ],
    );
  });

  it('leaves filters and correlations alone', () => {
    const filter =
      'title: f\nlogsource: {product: linux}\nfilter:\n  rules: any\n  sel: {User: x}\n  condition: not sel\n---\n';
    const report = createReport();
    const documents = parseDocuments(global + filter + part('a', 'x'), 'r.yml', report);
    assert.deepEqual(
      documents.map(({ kind }) => kind),
      ['filter', 'rule'],
    );
    assert.equal(documents[0]?.meta.title, 'f');
  });

  it('is part of the digest and the text of its rules', () => {
    const [one] = parse(global + part('a', 'x')).rules;
    const [other] = parse(global.replace('root', 'toor') + part('a', 'x')).rules;
    assert.notEqual(one?.digest, other?.digest);
    assert.match(one?.text ?? '', /^action: global\n[\s\S]*\n---\nid: a\n/);
    const without = parse(`${global}detection:\n  sel: {f: x}\n---\ndetection:\n  sel: {f: y}\n`).rules;
    assert.equal(new Set(without.map(({ meta }) => meta.id)).size, 2);
  });

  it('keeps the places of what is wrong', () => {
    const bad = global.replace('level: high', 'level: hihg').replace('User: root', 'User|bogos: root');
    const once = part('a', 'x').replace('{f: x}', '{f|bogus: x}');
    assert.deepEqual(parse(bad + once + part('b', 'x')).problems, [
      "error 3:8 unknown level 'hihg' (did you mean 'high'?)",
      "error 11:11 unknown modifier 'bogus'",
      "error 6:17 unknown modifier 'bogos'",
    ]);
  });
});

describe('action: repeat', () => {
  const rule =
    'id: a\ntitle: A\nlevel: low\nlogsource: {product: linux}\ndetection:\n  s: {f: x}\n  condition: s\n---\n';

  it('makes another rule of the one before it', () => {
    const repeat = 'action: repeat\nid: b\ndetection: {s: {f: y}}\n---\naction: repeat\nid: c\nlevel: high\n';
    const { rules, problems } = parse(rule + repeat);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      rules.map(({ meta: { id, level } }) => [id, level]),
      [
        ['a', 'low'],
        ['b', 'low'],
        ['c', 'high'],
      ],
    );
    assert.deepEqual(matching(rules, { f: 'x' }), ['a']);
    assert.deepEqual(matching(rules, { f: 'y' }), ['b', 'c']);
  });

  it('follows a global document too', () => {
    const { rules } = parse(`${global}action: repeat\nid: a\ndetection: {sel: {f: x}}\n`);
    assert.deepEqual(matching(rules, { f: 'x' }), ['a']);
  });

  it('needs a rule before it', () => {
    assert.deepEqual(parse(`action: repeat\n${rule}`).problems, ['warning 1:1 there is no rule before it to repeat']);
  });
});

describe('actions that cannot be followed', () => {
  it('are told', () => {
    assert.deepEqual(parse('action: globall\n---\naction: skip\n---\naction: [global]\n').problems, [
      "error 1:9 unknown action 'globall' (did you mean 'global'?)",
      "error 3:9 unknown action 'skip': global, reset, repeat",
      "error 5:9 unknown action 'a list': global, reset, repeat",
    ]);
  });

  it('are bounded', () => {
    const text = `${global}description: ${'x'.repeat(400_000)}\n---\n`.replace('---\ndesc', 'desc');
    const { problems } = parse(text + part('a', 'x').repeat(60));
    const last = problems.at(-1) ?? '';
    assert.match(last, /^error \d+:1 'global' and 'repeat' make more than 16777216 characters/);
  });
});
