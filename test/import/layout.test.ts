import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut } from '../../src/import/layout.ts';

const repository = [
  'LICENSE',
  'deprecated/linux/old.yml',
  'documentation/example.yml',
  'regression_data/rules/linux/x/info.yml',
  'rules-compliance/a.yml',
  'rules-emerging-threats/2024/LICENSE',
  'rules-emerging-threats/2024/a.yml',
  'rules-placeholder/linux/p.yml',
  'rules-threat-hunting/linux/LICENSE.md',
  'rules/linux/process_creation/a.yml',
  'rules/linux/process_creation/a.samples.yml',
  'tests/rule.yml',
  'tests/LICENSE',
  'unsupported/linux/u.yml',
  'version.txt',
];
const live = [
  'rules-compliance/a.yml',
  'rules-emerging-threats/2024/a.yml',
  'rules/linux/process_creation/a.yml',
  'rules/linux/process_creation/a.samples.yml',
];
const placesOf = (picks: readonly { readonly to: string }[]) => picks.map(({ to }) => to);

test("of SigmaHQ's trees those are taken that are meant for use, and the licences above them", () => {
  const { rules, notices, leftOut } = layOut(repository, new Set());
  assert.deepEqual(placesOf(rules), live);
  assert.deepEqual(placesOf(notices), ['LICENSE', 'rules-emerging-threats/2024/LICENSE', 'version.txt']);
  assert.deepEqual(Object.fromEntries(leftOut), { deprecated: 1, placeholder: 1, unsupported: 1 });
});

test('other trees come where they are asked for', () => {
  const { rules, leftOut } = layOut(repository, new Set(['deprecated', 'placeholder']));
  assert.ok(
    ['deprecated/linux/old.yml', 'rules-placeholder/linux/p.yml'].every((path) => placesOf(rules).includes(path)),
  );
  assert.deepEqual([...leftOut.keys()], ['unsupported']);
});

test('the one folder of a source archive is taken off', () => {
  const { rules } = layOut(
    repository.map((path) => `sigma-master/${path}`),
    new Set(),
  );
  assert.deepEqual(placesOf(rules), live);
  assert.equal(rules[0]?.from, `sigma-master/${live[0]}`);
});

test('a folder that is not laid out so is taken as it is', () => {
  const paths = ['linux/a.yml', 'linux/deeper/b.yaml', 'linux/deprecated/c.yml', 'unsupported/d.yml'];
  const { rules, leftOut } = layOut(paths, new Set());
  assert.deepEqual(placesOf(rules), paths.slice(0, 3));
  assert.deepEqual([...leftOut], [['unsupported', 1]]);
});
