import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createProcessGuid } from '../../src/process/guid.ts';
import { linesOf, restoreLines } from '../../src/process/snapshot.ts';
import { createProcessTable, type ProcessTable } from '../../src/process/table.ts';

const create = (): ProcessTable => createProcessTable(1000, createProcessGuid('host'));

/** All that a process is known by, with its ancestors. */
function described(table: ProcessTable): readonly unknown[] {
  return [...table.all()]
    .map((process) => {
      const ancestors: string[] = [];
      for (let { parent } = process; parent; parent = parent.parent) ancestors.push(parent.guid);
      const { seenMs, cgroupReadMs, movesChildren, parent, ...known } = process;
      return { ...known, ancestors };
    })
    .sort((one, other) => (one.guid < other.guid ? -1 : 1));
}

const image = fc.record({
  source: fc.constantFrom('audit' as const, 'proc' as const, 'fork' as const),
  atMs: fc.integer({ min: 1000, max: 2000 }),
  image: fc.option(fc.string(), { nil: undefined }),
  commandLine: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
  user: fc.option(fc.string(), { nil: undefined }),
});
const text = fc.option(fc.string(), { nil: undefined });
const number = fc.option(fc.nat(), { nil: undefined });
const made = fc.record({
  process: fc.record({
    startTicks: number,
    ppid: number,
    stackStart: text,
    reports: fc.nat(9),
    session: text,
    image,
  }),
  later: fc.array(image, { maxLength: 3 }),
  parent: fc.nat(20),
  state: fc.record({ formerStackStart: text, reportsAtScan: fc.nat(9), goneMs: number }),
  cgroup: fc.option(fc.record({ containerId: fc.string(), systemdUnit: text }), { nil: undefined }),
});

test('a table that was saved and restored knows the same', () => {
  fc.assert(
    fc.property(fc.array(made, { maxLength: 20 }), (all) => {
      const table = create();
      const entered = all.map(({ process, later, state, cgroup }, place) => {
        const added = table.add({ ...process, pid: 10 + place, startedMs: 1000 + place, parent: undefined });
        for (const one of later) table.addImage(added, one);
        return Object.assign(added, state, { cgroup: cgroup && { ...cgroup } });
      });
      // A parent starts before its child.
      for (const [place, process] of entered.entries()) process.parent = entered[all[place]?.parent ?? 0];
      for (const [place, process] of entered.entries())
        if ((all[place]?.parent ?? 0) >= place) process.parent = undefined;
      const restored = create();
      restoreLines([...linesOf(table)], restored);
      assert.deepEqual(described(restored), described(table));
    }),
  );
});

test('images stay as they are saved, also where one would now pass for another', () => {
  const table = create();
  const rest = { ppid: 1, parent: undefined, stackStart: undefined, reports: 0, session: undefined };
  const image = { commandLine: undefined, user: undefined };
  const process = table.add({
    ...{ pid: 10, startedMs: 1000, startTicks: undefined, ...rest },
    image: { source: 'audit', atMs: 1000, image: undefined, ...image },
  });
  table.addImage(process, { source: 'audit', atMs: 1001, image: '', ...image });
  table.addImage(process, { source: 'fork', atMs: 1000, image: '', ...image });
  const restored = create();
  restoreLines([...linesOf(table)], restored);
  assert.deepEqual(described(restored), described(table));
});

test('parents that the table has forgotten are kept, and what is used last is forgotten last', () => {
  const table = createProcessTable(2, createProcessGuid('host'));
  const add = (pid: number, parent?: ReturnType<ProcessTable['add']>) =>
    table.add({
      ...{
        pid,
        startedMs: pid,
        startTicks: pid,
        ppid: 1,
        parent,
        stackStart: undefined,
        reports: 0,
        session: undefined,
      },
      image: { source: 'audit', atMs: pid, image: `/bin/${pid}`, commandLine: undefined, user: undefined },
    });
  const first = add(10);
  const second = add(11, first);
  add(12, second);
  assert.equal(table.find(10, 100), undefined);
  const restored = create();
  restoreLines([...linesOf(table)], restored);
  assert.equal(restored.find(12, 100)?.parent?.parent?.images[0]?.image, '/bin/10');
  assert.deepEqual([...restored.all()].map(({ pid }) => pid).slice(0, 2), [10, 11]);
});

test('a long command line is cut and marked', () => {
  const table = create();
  table.add({
    ...{ pid: 7, startedMs: 7, startTicks: 7, ppid: 1, parent: undefined, stackStart: undefined, reports: 0 },
    session: undefined,
    image: { source: 'audit', atMs: 7, image: '/bin/x', commandLine: 'x'.repeat(10_000), user: undefined },
  });
  const restored = create();
  restoreLines([...linesOf(table)], restored);
  assert.equal(restored.find(7, 7)?.images[0]?.commandLine, `${'x'.repeat(4096)}<...>`);
});

test('a damaged line is refused', () => {
  for (const line of ['', '{', '{}', '{"pid":1}', '[]']) assert.throws(() => restoreLines([line], create()));
});
