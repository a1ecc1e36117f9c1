import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from '../../src/text/visible.ts';

const cases = [
  ['plain text, é, 你好', 'plain text, é, 你好'],
  ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
  ['two\nlines\r', 'two\\x0alines\\x0d'],
  ['\x9b2J', '\\x9b2J'],
  ['\u202egnp.exe', '\\u{202e}gnp.exe'],
  ['zero\u200bwidth', 'zero\\u{200b}width'],
  ['\ud800', '\\u{d800}'],
  ['\u2028', '\\u{2028}'],
] as const;
for (const [text, shown] of cases) test(JSON.stringify(text), () => assert.equal(visible(text), shown));
