import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Body } from '../../src/records/body.ts';
import { parseRecord } from '../../src/records/parse.ts';

function readBody(text: string, type: string): Body {
  const body = new Body();
  body.read({ text, type, bodyStart: 0 });
  return body;
}

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
      const body = readBody(text, n % 2 === 0 ? 'EXECVE' : `SHAPE${n}`);
      assert.ok(Object.keys(body.fields()).length <= text.length);
      assert.equal(body.get('no such field'), undefined);
    }
  });
}

test('thousands of names in one record, each found', { timeout: 20_000 }, () => {
  const words = Array.from({ length: 6000 }, (_, n) => `a${n}="${n}"`).join(' ');
  for (let n = 0; n < 20; n++) {
    const body = readBody(words, 'EXECVE');
    assert.equal(body.get('a5999'), '5999');
    assert.equal(Object.keys(body.fields()).length, 6000);
  }
});

test('more layouts of one type, and more types, than are remembered', () => {
  for (let n = 0; n < 2000; n++) {
    const body = readBody(`same=1 name${n}=${n} last=2`, n % 3 === 0 ? 'CROWDED' : `TYPE${n}`);
    assert.deepEqual({ ...body.fields() }, { same: '1', [`name${n}`]: String(n), last: '2' });
  }
});

test('a record that ends early does not show fields of the one before', () => {
  readBody('argc=3 a0="x" a1="y" a2="z"', 'EARLY');
  const body = readBody('argc=1 a0="x"', 'EARLY');
  assert.deepEqual({ ...body.fields() }, { argc: '1', a0: 'x' });
  assert.equal(body.get('a1'), undefined);
});

test('of two fields with one name the first counts', () => {
  const body = readBody("uid=1 msg='uid=2 uid=3'", 'TWICE');
  assert.equal(body.get('uid'), '1');
  assert.deepEqual({ ...body.fields() }, { uid: '1' });
});

test('a body that is read for another record shows nothing of the first', () => {
  const body = readBody('a="1" b="2" c="3"', 'REUSED');
  body.read({ text: 'a="4"', type: 'REUSED', bodyStart: 0 });
  assert.deepEqual({ ...body.fields() }, { a: '4' });
  body.read({ text: '', type: 'REUSED', bodyStart: 0 });
  assert.deepEqual({ ...body.fields() }, {});
});

test('more records at once than there are bodies, asked in turns', () => {
  const records = Array.from({ length: 100 }, (_, n) =>
    parseRecord(`type=TURNS msg=audit(1.000:${n}): a=${n} b="${n}"`),
  );
  for (let round = 0; round < 3; round++) {
    for (const [n, record] of records.entries()) {
      assert.ok('get' in record);
      assert.equal(record.get('a'), String(n));
      assert.equal(record.fields['b'], String(n));
    }
  }
});
