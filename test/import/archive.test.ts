import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openArchive } from '../../src/import/archive.ts';
import { type ZipEntry, zipOf } from '../support/zip.ts';

const rule: ZipEntry = { name: 'rules/a.yml', content: 'title: a\n' };

async function readAll(entries: readonly ZipEntry[]): Promise<Record<string, string>> {
  const list = await openArchive(zipOf(entries), 'x.zip');
  const contents: Record<string, string> = {};
  for (const path of list.paths) contents[path] = (await list.read(path))?.toString('utf8') ?? '';
  return contents;
}

test('files of interest are listed by their path and read', async () => {
  const contents = await readAll([
    { name: 'rules/', content: '', mode: 0o040755 },
    rule,
    { name: './rules/ü.yaml', content: 'stored', method: 0 },
    { name: 'rules\\windows.yml', content: 'written by an old .NET' },
    { name: 'rules/big.yml', content: 'zip64', zip64: true },
    { name: 'rules/flagless-é.yml', content: 'utf-8 all the same', flags: 0 },
    { name: 'LICENSE.Detection.Rules.md', content: 'DRL' },
    { name: 'tests/check.py', content: 'import' },
    { name: '.github/workflow.yml', content: 'on:' },
  ]);
  assert.deepEqual(contents, {
    'LICENSE.Detection.Rules.md': 'DRL',
    'rules/a.yml': 'title: a\n',
    'rules/big.yml': 'zip64',
    'rules/flagless-é.yml': 'utf-8 all the same',
    'rules/windows.yml': 'written by an old .NET',
    'rules/ü.yaml': 'stored',
  });
});

const refused: readonly (readonly [string, readonly ZipEntry[], RegExp])[] = [
  ['a way upwards', [{ name: 'rules/../../etc/a.yml', content: 'x' }], /not safe to unpack: invalid relative path/],
  [
    'a way upwards with backslashes',
    [{ name: 'rules\\..\\..\\a.yml', content: 'x' }],
    /not safe.*invalid relative path/,
  ],
  ['an absolute name', [{ name: '/etc/a.yml', content: 'x' }], /not safe to unpack: absolute path/],
  ['a drive', [{ name: 'C:/a.yml', content: 'x' }], /not safe to unpack: absolute path/],
  ['a NUL', [{ name: 'rules/a.yml\0.txt', content: 'x' }], /a name holds a NUL/],
  ['the same name twice', [rule, { ...rule, name: './rules/a.yml' }], /holds rules\/a\.yml twice/],
  ['an encrypted file', [{ ...rule, flags: 0x801 }], /rules\/a\.yml is encrypted; unpack the archive/],
  ['an unknown method', [{ ...rule, method: 14 }], /compressed by method 14; only stored and deflated/],
  ['a wrong checksum', [{ ...rule, crc: 1 }], /rules\/a\.yml is damaged: its checksum is wrong/],
  ['a file that unpacks to more than it says', [{ ...rule, bytes: 3 }], /a\.yml cannot be read as a zip archive/],
  ['a file that unpacks to less than it says', [{ ...rule, bytes: 30 }], /a\.yml cannot be read as a zip archive/],
  ['a bomb', [{ name: 'rules/a.yml', content: Buffer.alloc(1024 * 1024) }], /more than 200 times its size/],
];

for (const [name, entries, message] of refused) {
  test(`an archive with ${name} is refused as a whole`, async () => {
    await assert.rejects(readAll(entries), (error) => {
      assert.ok(error instanceof Error && error.name === 'SourceError', String(error));
      assert.match(error.message, /^x\.zip/);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('what no rule has is left out and named: links, other names, size', async () => {
  const list = await openArchive(
    zipOf([
      rule,
      { name: 'rules/link.yml', content: '/etc/shadow', mode: 0o120777 },
      { name: Buffer.from([...Buffer.from('rules/'), 0xe9, ...Buffer.from('.yml')]), content: 'latin1', flags: 0 },
      { name: 'rules/large.yml', content: Buffer.alloc(1024 * 1024 + 1, 'abcdefghijklmnopqrstuvwxyz') },
    ]),
    'x.zip',
  );
  assert.deepEqual(list.paths, ['rules/a.yml', 'rules/large.yml']);
  assert.equal(await list.read('rules/large.yml'), undefined);
  assert.deepEqual(
    list.problems.map(({ at, text }) => `${at.path}: ${text}`),
    [
      'x.zip/rules/link.yml: a link is not followed; the file is left out',
      'x.zip/rules/\uFFFD.yml: the name is not UTF-8; the file is left out',
      'x.zip/rules/large.yml: larger than 1048576 bytes; the file is left out',
    ],
  );
});

test('what is no archive, or only the beginning of one, is refused', async () => {
  const whole = zipOf([rule]);
  for (const bytes of [Buffer.alloc(0), Buffer.from('no zip'), whole.subarray(0, whole.length - 30)]) {
    await assert.rejects(openArchive(bytes, 'x.zip'), /^SourceError: x\.zip cannot be read as a zip archive: /);
  }
});

test('many files that each unpack to an ordinary size are bounded together', async () => {
  let seed = 1;
  const line = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return `${seed} `;
  };
  const content = Array.from({ length: 60_000 }, line).join('');
  const entries = Array.from({ length: 120 }, (_, index) => ({ ...rule, name: `rules/${index}.yml`, content }));
  await assert.rejects(readAll(entries), /holds more than 67108864 bytes of rules/);
});
