import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCounters } from '../../src/host/counters.ts';
import { createFileHashes } from '../../src/host/file-hashes.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigmond-hashes-'));
after(() => rmSync(folder, { recursive: true }));

const any = () => true;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function make(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function create() {
  const counters = createCounters();
  return { ...createFileHashes(counters), count: () => counters.read() };
}

test('a file is read once, and known as long as it is the same', async () => {
  const { sha256, count } = create();
  const path = make('one', 'one');
  const first = sha256(path, any);
  assert.ok(first instanceof Promise);
  assert.equal(await first, digest('one'));
  assert.equal(sha256(path, any), digest('one'));
  appendFileSync(path, ' and two');
  assert.equal(await sha256(path, any), digest('one and two'));
  assert.equal(count()['image_hashes_total'], 2);
});

test('a file that is replaced by one of the same size and time has its own hash', async () => {
  const { sha256 } = create();
  const path = make('same', 'aaaa');
  await sha256(path, any);
  rmSync(path);
  make('same', 'bbbb');
  assert.equal(await sha256(path, any), digest('bbbb'));
});

test('those who ask while it is read wait for the same reading, also when it is deleted', async () => {
  const { sha256, count } = create();
  const path = make('gone', 'x'.repeat(1_000_000));
  const asked = [sha256(path, any), sha256(path, any)];
  rmSync(path);
  assert.deepEqual(await Promise.all(asked), [digest('x'.repeat(1_000_000)), digest('x'.repeat(1_000_000))]);
  assert.equal(count()['image_hashes_total'], 1);
});

test('a file that is not meant is not read, and its id is that of audit', () => {
  const { sha256 } = create();
  const path = make('id', 'id');
  const seen: string[] = [];
  const refuse = (id: string): boolean => {
    seen.push(id);
    return false;
  };
  assert.equal(sha256(path, refuse), undefined);
  const { dev, ino } = statSync(path);
  const [major = '', minor = '', inode] = seen[0]?.split(':') ?? [];
  assert.equal(Number.parseInt(major, 16) * 256 + Number.parseInt(minor, 16), dev);
  assert.ok(major.length >= 2 && minor.length >= 2);
  assert.equal(Number(inode), ino);
});

test('a file that changes while it is read has no hash', async () => {
  const { sha256, count } = create();
  const path = make('changing', 'x'.repeat(5_000_000));
  const hash = sha256(path, any);
  appendFileSync(path, 'y');
  assert.equal(await hash, undefined);
  assert.equal(count()['image_hashes_skipped_total{reason="changed"}'], 1);
});

test('what is no file, is not there or is too large has none', () => {
  const { sha256, count } = create();
  const large = make('large', '');
  truncateSync(large, 64 * 1024 * 1024 + 1);
  for (const path of [folder, join(folder, 'missing'), '/dev/null', `${large}/x`, large]) {
    assert.equal(sha256(path, any), undefined);
  }
  assert.equal(count()['image_hashes_skipped_total{reason="too-large"}'], 1);
});

test('no more files are open than may be, and what is refused is counted', async () => {
  const { sha256, count } = create();
  const paths = Array.from({ length: 100 }, (_, n) => make(`many${n}`, `many ${n}`));
  const hashes = await Promise.all(paths.map((path) => sha256(path, any)));
  assert.deepEqual(
    hashes.slice(0, 66),
    paths.slice(0, 66).map((_, n) => digest(`many ${n}`)),
  );
  assert.deepEqual([...new Set(hashes.slice(66))], [undefined]);
  assert.equal(count()['image_hashes_skipped_total{reason="busy"}'], 34);
});

test('while a large file is read, other things go on', async () => {
  const { sha256 } = create();
  const path = make('slow', 'x'.repeat(20_000_000));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await sha256(path, any);
  clearInterval(timer);
  assert.ok(turns > 10, `${turns} turns`);
});
