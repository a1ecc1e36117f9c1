import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLineSplitter } from '../../src/sources/lines.ts';

function split(chunks: readonly string[]) {
  const lines: { readonly line: string; readonly position: number }[] = [];
  let tooLong = 0;
  const splitter = createLineSplitter(
    (line, position) => lines.push({ line, position }),
    () => tooLong++,
  );
  for (const chunk of chunks) splitter.push(Buffer.from(chunk, 'latin1'));
  return { lines, tooLong, splitter };
}

const maxLineBytes = 65_536;

test('lines come whole and with their position, however the bytes arrive', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\xff', '\0', ' ')).map((parts) => parts.join(''));
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
  fc.assert(
    fc.property(text, cuts, (whole, places) => {
      const bounds = [
        0,
        ...places.map((place) => Math.floor(place * whole.length)).sort((a, b) => a - b),
        whole.length,
      ];
      const chunks = bounds.slice(1).map((end, n) => whole.slice(bounds[n], end));
      const { lines, tooLong, splitter } = split(chunks);
      const parts = whole.split('\n');
      const rest = parts.pop() ?? '';
      assert.deepEqual(
        lines.map(({ line }) => line),
        parts.map((line) => line.replace(/\r$/, '')),
      );
      let position = 0;
      for (const [n, part] of parts.entries()) {
        assert.equal(lines[n]?.position, position);
        position += part.length + 1;
      }
      assert.equal(tooLong, 0);
      assert.equal(splitter.pendingBytes, rest.length);
      assert.equal(splitter.position, whole.length);
    }),
  );
});

test('F6 a line over 64 KiB is counted once and skipped up to its end', () => {
  for (const bytes of [maxLineBytes + 1, 3 * maxLineBytes]) {
    for (const chunkBytes of [1000, 65_536, 1_000_000]) {
      const text = `one\n${'x'.repeat(bytes)}\ntwo\n`;
      const chunks = Array.from({ length: Math.ceil(text.length / chunkBytes) }, (_, n) => {
        return text.slice(n * chunkBytes, (n + 1) * chunkBytes);
      });
      const { lines, tooLong } = split(chunks);
      assert.deepEqual(lines, [
        { line: 'one', position: 0 },
        { line: 'two', position: 4 + bytes + 1 },
      ]);
      assert.equal(tooLong, 1);
    }
  }
});

test('F6 a line of 64 KiB is read', () => {
  const { lines, tooLong } = split([`${'x'.repeat(maxLineBytes)}\n`]);
  assert.equal(lines[0]?.line.length, maxLineBytes);
  assert.equal(tooLong, 0);
});

test('bytes without an end are never held beyond a line', () => {
  const { splitter, tooLong } = split(Array.from({ length: 200 }, () => 'x'.repeat(10_000)));
  assert.ok(splitter.pendingBytes <= maxLineBytes);
  assert.equal(tooLong, 1);
});

test('a line that is given up leaves nothing in the next one', () => {
  const { lines, splitter } = split(['one\ntor']);
  assert.equal(splitter.drop(), 3);
  assert.equal(splitter.drop(), 0);
  splitter.push(Buffer.from('two\n'));
  assert.deepEqual(lines, [
    { line: 'one', position: 0 },
    { line: 'two', position: 7 },
  ]);
});

test('giving up also ends the skipping of a long line', () => {
  const { lines, splitter, tooLong } = split(['x'.repeat(maxLineBytes + 1)]);
  splitter.drop();
  splitter.push(Buffer.from('two\n'));
  assert.deepEqual(
    lines.map(({ line }) => line),
    ['two'],
  );
  assert.equal(tooLong, 1);
});
