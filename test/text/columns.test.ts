import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { columnsOf, fitted, flowed, padded, widest, wrapped } from '../../src/text/columns.ts';

describe('columnsOf', () => {
  const rows: readonly [text: string, columns: number][] = [
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['😀', 2],
    ['›…↪', 3],
  ];
  for (const [text, columns] of rows) it(`'${text}' takes ${columns}`, () => assert.equal(columnsOf(text), columns));
});

describe('padded, fitted and widest', () => {
  it('count columns, not characters', () => {
    assert.equal(padded('日', 4), '日  ');
    assert.equal(padded('long', 2), 'long');
    assert.equal(fitted('日本語', 6), '日本語');
    assert.equal(fitted('日本語', 5), '日本…');
    assert.equal(fitted('日本語', 4), '日…');
    assert.equal(widest(['ab', '日本', '']), 4);
    assert.equal(widest([]), 0);
  });
});

describe('wrapped', () => {
  const rows: readonly [text: string, columns: number, lines: readonly string[]][] = [
    ['', 10, ['']],
    ['as it  is ', 10, ['as it  is ']],
    ['one two three', 8, ['one two', 'three']],
    ['one two three', 7, ['one two', 'three']],
    ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    // A long word begins where there is room for a good part of it, else on a line of its own.
    ['a bcdefghijkl', 8, ['a bcdefg', 'hijkl']],
    ['abcdefg hijklmnopq', 8, ['abcdefg', 'hijklmno', 'pq']],
    ['日本 日本語', 6, ['日本', '日本語']],
    ['日本語', 1, ['日', '本', '語']],
  ];
  for (const [text, columns, lines] of rows) {
    it(`'${text}' in ${columns} columns`, () => assert.deepEqual(wrapped(text, columns), lines));
  }
});

describe('flowed', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '日', 'é', '/'), maxLength: 30 });

  it('loses nothing and keeps within the columns', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 10 }), fc.integer({ min: 2, max: 20 }), (pieces, columns) => {
        const lines = flowed(pieces, columns);
        for (const line of lines) assert.ok(columnsOf(line) <= columns, JSON.stringify(line));
        const bare = (parts: readonly string[]) => parts.join('').replaceAll(' ', '');
        assert.equal(bare(lines), bare(pieces));
      }),
    );
  });

  it('keeps a piece that fits whole, with its blanks', () => {
    assert.deepEqual(flowed(['contains', "'from pty '"], 14), ['contains', "'from pty '"]);
  });
});
