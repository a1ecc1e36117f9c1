import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { readCommit } from '../../src/import/commit.ts';
import { openFolder } from '../../src/import/folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-checkout-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

test('the commit is read as git says it: branch, packed, detached, worktree', async () => {
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout);
  git(checkout, 'init', '-q', '-b', 'main');
  assert.equal(await readCommit(checkout), undefined);
  git(checkout, 'commit', '-q', '--allow-empty', '-m', 'one');
  const head = git(checkout, 'rev-parse', 'HEAD');
  assert.equal(await readCommit(checkout), head);
  git(checkout, 'pack-refs', '--all');
  assert.equal(await readCommit(checkout), head);
  git(checkout, 'worktree', 'add', '-q', '-b', 'side', '../side');
  git(join(folder, 'side'), 'commit', '-q', '--allow-empty', '-m', 'two');
  assert.equal(await readCommit(join(folder, 'side')), git(join(folder, 'side'), 'rev-parse', 'HEAD'));
  git(checkout, 'checkout', '-q', '--detach');
  assert.equal(await readCommit(checkout), head);
});

test('what is no checkout, or says strange things, has no commit', async () => {
  assert.equal(await readCommit(folder), undefined);
  mkdirSync(join(folder, '.git'));
  for (const head of ['', 'ref: refs/../../secret', 'ref: refs/heads/none', 'x'.repeat(40)]) {
    writeFileSync(join(folder, '.git/HEAD'), `${head}\n`);
    assert.equal(await readCommit(folder), undefined, head);
  }
});

test('a folder is listed without what is hidden, and no link is followed', async () => {
  mkdirSync(join(folder, 'rules/.hidden'), { recursive: true });
  for (const path of ['rules/b.yml', 'rules/a.yaml', 'rules/.hidden/c.yml', 'rules/note.md', 'LICENSE']) {
    writeFileSync(join(folder, path), path);
  }
  execFileSync('ln', ['-s', '/etc', join(folder, 'rules/etc.yml')]);
  execFileSync('ln', ['-s', '/etc', join(folder, 'rules/etc')]);
  const list = await openFolder(folder, 'src');
  assert.deepEqual(list.paths, ['LICENSE', 'rules/a.yaml', 'rules/b.yml']);
  assert.equal(String(await list.read('rules/b.yml')), 'rules/b.yml');
  assert.deepEqual(
    list.problems.map(({ at, text }) => `${at.path}: ${text}`),
    ['src/rules/etc.yml: a link is not followed; the file is left out'],
  );
  // One that became a link after it was listed.
  rmSync(join(folder, 'rules/b.yml'));
  execFileSync('ln', ['-s', '/etc/hostname', join(folder, 'rules/b.yml')]);
  await assert.rejects(list.read('rules/b.yml'), /src\/rules\/b\.yml cannot be read: ELOOP/);
});
