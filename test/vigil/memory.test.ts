import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openMemory } from '../../src/vigil/memory.ts';
import { createKeptLogger } from '../support/kept-logger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const nothing = { aliveIn: undefined, losses: undefined };

test('what was changed is there in the next run', async () => {
  const path = join(folder, 'vigil.json');
  const logger = createKeptLogger();
  const memory = await openMemory(path, logger);
  assert.deepEqual(memory.remembered, nothing);
  memory.change({ aliveIn: '/var/log/audit/audit.log' });
  memory.change({ losses: { bootId: undefined, lost: 3 } });
  memory.change({ losses: { bootId: 'boot-1', lost: 4 } });
  await memory.saved();
  const expected = { aliveIn: '/var/log/audit/audit.log', losses: { bootId: 'boot-1', lost: 4 } };
  assert.deepEqual((await openMemory(path, logger)).remembered, expected);
  assert.deepEqual(logger.lines, []);
});

for (const text of ['', '{', '[]', '{"losses":{"lost":-1}}', '{"aliveIn":7}']) {
  test(`a damaged file counts as none, with a warning: ${text}`, async () => {
    const path = join(folder, 'vigil.json');
    const logger = createKeptLogger();
    writeFileSync(path, text);
    assert.deepEqual((await openMemory(path, logger)).remembered, nothing);
    assert.deepEqual(
      logger.lines.map(({ level }) => level),
      ['warn'],
    );
  });
}

test('where it cannot be saved that is said once', async () => {
  const logger = createKeptLogger();
  const memory = await openMemory(join(folder, 'away/vigil.json'), logger);
  memory.change({ aliveIn: 'a' });
  memory.change({ aliveIn: 'b' });
  await memory.saved();
  assert.equal(logger.lines.length, 1);
  assert.equal(memory.remembered.aliveIn, 'b');
});
