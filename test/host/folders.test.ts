import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFolder } from '../../src/host/folders.ts';

test('creates what is missing with the mode, and leaves what is there', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'folders-'));
  t.after(() => rm(root, { recursive: true }));
  const before = (await stat(root)).mode;
  await createFolder(join(root, 'a/b/c'), 0o700);
  await createFolder(join(root, 'a/b/c'), 0o755);
  assert.equal((await stat(join(root, 'a/b/c'))).mode & 0o777, 0o700);
  assert.equal((await stat(join(root, 'a'))).mode & 0o777, 0o700);
  assert.equal((await stat(root)).mode, before);
});

test('fails where a file stands in the way', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'folders-'));
  t.after(() => rm(root, { recursive: true }));
  await writeFile(join(root, 'file'), '');
  await assert.rejects(createFolder(join(root, 'file/sub'), 0o700), { code: 'ENOTDIR' });
});

test('fails, and ends, in a file system that creates nothing', { timeout: 10_000 }, async () => {
  await assert.rejects(createFolder('/proc/no-such/folder', 0o700), { code: /ENOENT|EACCES|EPERM/ });
});
