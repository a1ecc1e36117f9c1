import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareTrees } from '../../src/import/changes.ts';

/** What was left, what is there, what the source has, and what that means without and with force; `-` is nothing. */
const table: readonly (readonly [last: string, now: string, next: string, kind: string, forced: string])[] = [
  ['-', '-', '1', 'added', 'added'],
  ['1', '1', '2', 'changed', 'changed'],
  ['1', '1', '-', 'removed', 'removed'],
  ['1', '1', '1', 'unchanged', 'unchanged'],
  ['1', '2', '2', 'unchanged', 'unchanged'],
  ['-', '2', '2', 'unchanged', 'unchanged'],
  ['1', '2', '1', 'edited', 'changed'],
  ['1', '2', '3', 'edited', 'changed'],
  ['-', '2', '3', 'edited', 'changed'],
  ['1', '2', '-', 'edited', 'removed'],
  ['1', '-', '1', 'deleted', 'added'],
  ['1', '-', '2', 'deleted', 'added'],
  ['-', '2', '-', 'foreign', 'foreign'],
];

const tree = (hash: string) => new Map(hash === '-' ? [] : [['a.yml', hash]]);

for (const [last, now, next, kind, forced] of table) {
  test(`last ${last}, now ${now}, next ${next}: ${kind}, with force ${forced}`, () => {
    for (const [force, expected] of [
      [false, kind],
      [true, forced],
    ] as const) {
      const changes = Object.entries(compareTrees(tree(last), tree(now), tree(next), force));
      assert.deepEqual(
        changes.filter(([, paths]) => paths.length > 0),
        [[expected, ['a.yml']]],
      );
    }
  });
}

test('every file is of one kind, and what someone else wrote is never changed unasked', () => {
  const hashes = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'));
  fc.assert(
    fc.property(hashes, hashes, hashes, (lastOf, nowOf, nextOf) => {
      const [last, now, next] = [lastOf, nowOf, nextOf].map((hash) => new Map(Object.entries(hash)));
      const changes = compareTrees(last ?? new Map(), now ?? new Map(), next ?? new Map(), false);
      const all = Object.values(changes).flat();
      assert.equal(new Set(all).size, all.length);
      for (const path of [...changes.changed, ...changes.removed]) assert.equal(now?.get(path), last?.get(path));
    }),
  );
});
