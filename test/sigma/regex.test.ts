import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegex } from '../../src/sigma/regex.ts';

const cases = [
  ['x.*y', '', 'x  y', true],
  ['x.*y', '', 'x\ny', false],
  ['x.*y', 's', 'x\ny', true],
  ['(?s)x.+y', '', 'x \n y', true],
  ['(?s)a(?:.){2}b', '', 'a\n\nb', true],
  ['(?s)^.{3}$', '', '\n\n\n', true],
  ['^b', '', 'a\nb', false],
  ['^b', 'm', 'a\nb', true],
  ['a$', '', 'a\n', true],
  ['a\\Z', '', 'a\n', true],
  ['\\Ab', 'm', 'a\nb', false],
] as const;

for (const [pattern, flags, text, matches] of cases) {
  test(`/${pattern}/${flags} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
    const compiled = compileRegex(pattern, flags);
    assert.ok(typeof compiled !== 'string', String(compiled));
    assert.equal(compiled.search(text), matches ? 'found' : 'absent');
  });
}
