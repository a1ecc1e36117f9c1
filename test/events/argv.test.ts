import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readArgv } from '../../src/events/argv.ts';
import { line, record } from '../support/audit-lines.ts';
import { splitExecve } from '../support/execve-records.ts';

/** The argument list from bodies of EXECVE records. */
function read(bodies: readonly string[], whole = true) {
  const { argv, truncated } = readArgv(
    bodies.map((body) => record(line(1, 'EXECVE', body))),
    whole,
  );
  return { argv, truncated };
}

interface Row {
  readonly name: string;
  readonly bodies: readonly string[];
  readonly argv: readonly string[];
  readonly truncated?: boolean;
  readonly whole?: boolean;
}

const filler = (bytes: number): string => 'x'.repeat(bytes);

const rows: readonly Row[] = [
  { name: 'F9 quoted and hex', bodies: ['argc=3 a0="ls" a1=612062 a2="3005"'], argv: ['ls', 'a b', '3005'] },
  { name: 'F11 (null) and ? as arguments', bodies: ['argc=2 a0="(null)" a1="?"'], argv: ['(null)', '?'] },
  { name: 'F15 unquoted text', bodies: ['argc=2 a0=top a1=-b'], argv: ['top', '-b'] },
  {
    name: 'F19 quoted pieces over two records',
    bodies: ['argc=2 a0="x" a1_len=6 a1[0]="abc"', ' a1[1]="def"'],
    argv: ['x', 'abcdef'],
  },
  {
    name: 'F19 what follows an argument that lacks its end is lost, not empty',
    bodies: ['argc=5 a0="x" a2_len=6 a2[0]="abc"'],
    argv: ['x', '', 'abc<...>', '<...>'],
    truncated: true,
  },
  {
    name: 'F19 hex pieces; the length counts digits',
    bodies: ['argc=1 a0_len=12 a0[0]=612062', ' a0[1]=632064'],
    argv: ['a bc d'],
  },
  {
    name: 'F19 pieces whose hex ends inside of a UTF-8 character',
    bodies: ['argc=1 a0_len=8 a0[0]=61C3', ' a0[1]=A962'],
    argv: ['a\xc3\xa9b'],
  },
  {
    name: 'F19 a piece, then whole arguments',
    bodies: ['argc=3 a0="x" a1_len=4 a1[0]="ab"', ' a1[1]="cd" a2="y"'],
    argv: ['x', 'abcd', 'y'],
  },
  {
    name: 'F19 the last piece is missing',
    bodies: ['argc=2 a0="x" a1_len=6 a1[0]="abc"'],
    argv: ['x', 'abc<...>'],
    truncated: true,
  },
  {
    name: 'F19 a piece in the middle is missing',
    bodies: ['argc=1 a0_len=9 a0[0]="abc"', ' a0[2]="ghi"'],
    argv: ['abc<...>ghi'],
    truncated: true,
  },
  {
    name: 'F19 the first record is missing',
    bodies: [' a2[1]="def" a3="y"'],
    argv: ['<...>', '<...>def', 'y'],
    truncated: true,
  },
  {
    name: 'F19 arguments of a record in the middle are missing',
    bodies: ['argc=5 a0="x" a1="y"', ' a4="z"'],
    argv: ['x', 'y', '<...>', 'z'],
    truncated: true,
  },
  { name: 'F20 empty arguments', bodies: ['argc=3 a0="ls" a1="" a2="/etc"'], argv: ['ls', '', '/etc'] },
  { name: 'F20 old kernels leave them out', bodies: ['argc=3 a0="ls" a2="/etc"'], argv: ['ls', '', '/etc'] },
  { name: 'F20 also at the end', bodies: ['argc=4 a0="ls" a1="x"'], argv: ['ls', 'x', '', ''] },
  {
    name: 'F20 not where the event broke off',
    bodies: ['argc=4 a0="ls" a2="x"'],
    whole: false,
    argv: ['ls', '<...>', 'x', '<...>'],
    truncated: true,
  },
  {
    name: 'F20 not where the record was full, so that another followed',
    bodies: [`argc=3 a0="ls" a1="${filler(7000)}"`],
    argv: ['ls', filler(7000), '<...>'],
    truncated: true,
  },
  {
    name: 'F20 not by the million',
    bodies: ['argc=4294967295 a0="ls" a9999999="x"'],
    argv: ['ls', '<...>', 'x', '<...>'],
    truncated: true,
  },
  { name: 'F21 argc 0 with a string of no meaning', bodies: ['argc=0 a0="/dev/fd/3"'], argv: ['/dev/fd/3'] },
  { name: 'F21 argc 0 without', bodies: ['argc=0'], argv: [] },
  { name: 'F21 the empty argv[0] that newer kernels put in', bodies: ['argc=1 a0=""'], argv: [''] },
  {
    name: 'F37 a line cut off in an argument',
    bodies: ['argc=3 a0="ls" a1="/e'],
    argv: ['ls', '/e', '<...>'],
    truncated: true,
  },
  {
    name: 'F37 a line cut off in the last one',
    bodies: ['argc=2 a0="ls" a1="/e'],
    argv: ['ls', '/e'],
    truncated: true,
  },
  { name: 'a record that came twice', bodies: ['argc=2 a0="ls" a1="x"', 'argc=2 a0="ls" a1="x"'], argv: ['ls', 'x'] },
  {
    name: 'records in another order',
    bodies: [' a1[1]="def"', 'argc=2 a0="x" a1_len=6 a1[0]="abc"'],
    argv: ['x', 'abcdef'],
  },
  { name: 'numbers that are none', bodies: ['argc=many a0="x" a01="y" a99999999="z" ab="w"'], argv: ['x', 'y'] },
];

for (const { name, bodies, argv, truncated = false, whole = true } of rows) {
  test(name, () => assert.deepEqual(read(bodies, whole), { argv, truncated }));
}

/** How many records the kernel was seen to write for one argument of this many bytes after `/bin/echo`. */
const measured: readonly (readonly [bytes: number, records: number])[] = [
  [7400, 1],
  [7490, 2],
  [7499, 2],
  [7500, 3],
  [131_071, 35],
];

for (const [bytes, records] of measured) {
  test(`F19 an argument of ${bytes} bytes from ${records} records`, () => {
    const argv = ['/bin/echo', filler(bytes)];
    const bodies = splitExecve(argv);
    assert.equal(bodies.length, records);
    assert.deepEqual(read(bodies), { argv, truncated: false });
  });
}

test('F19 10,001 arguments', () => {
  const argv = Array.from({ length: 10_001 }, (_, n) => `${n}`);
  assert.deepEqual(read(splitExecve(argv)), { argv, truncated: false });
});

test('F19 70,000 arguments, more than fit in 16 bits', () => {
  const argv = Array.from({ length: 70_000 }, (_, n) => (n % 5 === 0 ? '' : `${n}`));
  assert.deepEqual(read(splitExecve(argv)), { argv, truncated: false });
});

const argument = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)) }),
  },
  fc
    .record({ unit: fc.constantFrom('x', 'a b', '\xff', '""'), count: fc.nat(9000) })
    .map(({ unit, count }) => unit.repeat(count)),
);

test("any argument list survives the kernel's splitting", () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 60 }), (argv) => {
      assert.deepEqual(read(splitExecve(argv)), { argv, truncated: false });
    }),
    { numRuns: 300 },
  );
});

test('whichever record is lost, it is marked, and what is there keeps its order', () => {
  const argv = Array.from({ length: 40 }, (_, n) => `${n}:`.padEnd(1000, 'x'));
  const bodies = splitExecve(argv);
  assert.ok(bodies.length > 4);
  for (const lost of bodies.keys()) {
    const { argv: got, truncated } = read(bodies.filter((_, n) => n !== lost));
    assert.equal(truncated, true);
    const present = got.filter((text) => !text.includes('<...>'));
    assert.ok(present.length < got.length);
    const known = new Set(present);
    assert.deepEqual(
      present,
      argv.filter((text) => known.has(text)),
    );
  }
});

test('records full of the highest numbers cost no more than others', { timeout: 20_000 }, () => {
  const body = Array.from({ length: 5000 }, (_, n) => `a${n}[99999]=x`).join(' ');
  for (let n = 0; n < 20; n++) assert.equal(read([body]).argv.length, 5000);
});

test('a list is lone where one record says all of it, however the event ended', () => {
  const lone = (bodies: readonly string[], whole: boolean) =>
    readArgv(
      bodies.map((body) => record(line(1, 'EXECVE', body))),
      whole,
    ).lone;
  assert.equal(lone(['argc=2 a0="ls" a1="-l"'], true), true);
  assert.equal(lone(['argc=2 a0="ls" a1="-l"'], false), true);
  assert.equal(lone(['argc=3 a0="ls" a2="-l"'], true), false);
  assert.equal(lone(['argc=2 a0="ls"', 'a1="-l"'], true), false);
  assert.equal(lone(['argc=1 a0_len=2 a0[0]="l" a0[1]="s"'], true), false);
  assert.equal(lone(['argc=2 a0="ls" a1="-l'], true), false);
});
