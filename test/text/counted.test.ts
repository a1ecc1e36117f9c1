import assert from 'node:assert/strict';
import { it } from 'node:test';
import { counted } from '../../src/text/counted.ts';

it('counted writes one thing in the singular', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'rule')),
    ['0 rules', '1 rule', '2 rules'],
  );
});
