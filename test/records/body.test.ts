import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Body } from '../../src/records/body.ts';

const lineBytes = 65_536;
/** Of each shape; at a cost that grows with the square of the length this would take minutes. */
const repeats = 100;

/** Repeated up to the longest line that is read. */
const shapes: readonly string[] = [
  'a',
  ' ',
  '=',
  'a=',
  'a= ',
  'a=1 ',
  'a="1" ',
  'a="',
  '"',
  "'",
  "msg='",
  "msg='a=1' ",
  'x={ ',
  'x={ }',
  'x=unknown family(',
  '(null)',
  'a=(null)',
  'a=(',
  '\x1d',
  'comm=41',
  'comm=4141 ',
  'proctitle=',
  'a0_len=1 ',
];

for (const shape of shapes) {
  test(`a long line of ${JSON.stringify(shape)} is read in one pass`, { timeout: 20_000 }, () => {
    const text = `msg='${shape.repeat(lineBytes / shape.length)}`;
    for (let n = 0; n < repeats; n++) {
      const body = new Body(text, 0, n % 2 === 0 ? 'EXECVE' : `SHAPE${n}`);
      assert.ok(Object.keys(body.fields()).length <= text.length);
      assert.equal(body.get('no such field'), undefined);
    }
  });
}

test('thousands of names in one record, each found', { timeout: 20_000 }, () => {
  const words = Array.from({ length: 6000 }, (_, n) => `a${n}="${n}"`).join(' ');
  for (let n = 0; n < 20; n++) {
    const body = new Body(words, 0, 'EXECVE');
    assert.equal(body.get('a5999'), '5999');
    assert.equal(Object.keys(body.fields()).length, 6000);
  }
});

test('more layouts of one type, and more types, than are remembered', () => {
  for (let n = 0; n < 2000; n++) {
    const body = new Body(`same=1 name${n}=${n} last=2`, 0, n % 3 === 0 ? 'CROWDED' : `TYPE${n}`);
    assert.deepEqual({ ...body.fields() }, { same: '1', [`name${n}`]: String(n), last: '2' });
  }
});

test('a record that ends early does not show fields of the one before', () => {
  new Body('argc=3 a0="x" a1="y" a2="z"', 0, 'EARLY');
  const body = new Body('argc=1 a0="x"', 0, 'EARLY');
  assert.deepEqual({ ...body.fields() }, { argc: '1', a0: 'x' });
  assert.equal(body.get('a1'), undefined);
});

test('of two fields with one name the first counts', () => {
  const body = new Body("uid=1 msg='uid=2 uid=3'", 0, 'TWICE');
  assert.equal(body.get('uid'), '1');
  assert.deepEqual({ ...body.fields() }, { uid: '1' });
});
