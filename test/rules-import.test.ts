import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type ImportRequest, importRules } from '../src/rules-import.ts';
import { loadRules } from '../src/sigma/load.ts';
import { zipOf } from './support/zip.ts';

let base: string;
let source: string;
let target: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sigmond-import-'));
  source = join(base, 'sigma');
  target = join(base, 'rules/imported/sigma');
});
afterEach(() => rmSync(base, { recursive: true }));

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function rule(n: number, product = 'product: linux', value = 'x'): string {
  return `title: rule ${n}
id: ${id(n)}
status: test
author: someone else
license: DRL-1.1
level: high
logsource: {${product}, category: process_creation}
detection:
  sel: {CommandLine|contains: '${value}'}
  condition: sel
`;
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function request(changes: Partial<ImportRequest> = {}): ImportRequest {
  return {
    source,
    target,
    rules: { paths: [join(base, 'rules')], placeholders: new Map() },
    allProducts: false,
    trees: new Set(),
    force: false,
    dryRun: false,
    ...changes,
  };
}

const importNow = (changes: Partial<ImportRequest> = {}) => importRules(request(changes), 1_795_489_893_399);
const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();

const first = {
  LICENSE: 'DRL 1.1\n',
  'README.md': 'no licence\n',
  'rules/linux/a.yml': rule(1),
  'rules/linux/a.samples.yml': 'matches: []\n',
  'rules/linux/b.yml': rule(2),
  'rules/any/c.yml': rule(3, 'service: sshd'),
  'rules/windows/w.yml': rule(4, 'product: windows'),
  'rules/windows/w.samples.yml': 'matches: []\n',
  'rules/linux/broken.yml': rule(5).replace('contains', 'contians'),
  'deprecated/d.yml': rule(6),
};
const taken = [
  '.sigmond-import.json',
  'LICENSE',
  'rules/any/c.yml',
  'rules/linux/a.samples.yml',
  'rules/linux/a.yml',
  'rules/linux/b.yml',
];

describe('an import', () => {
  test('brings in the rules for this host with names, folders, content and licences as they are', async () => {
    write(source, first);
    const report = await importNow();
    assert.deepEqual(filesIn(target), taken);
    for (const path of taken.slice(1))
      assert.equal(readFileSync(join(target, path), 'utf8'), first[path as keyof typeof first]);
    assert.deepEqual(report.changes.added, ['rules/any/c.yml', 'rules/linux/a.yml', 'rules/linux/b.yml']);
    assert.deepEqual(report.notices, ['LICENSE']);
    assert.equal(report.otherProducts, 1);
    assert.equal(report.rejected, 1);
    assert.deepEqual([...report.otherTrees], [['deprecated', 1]]);
    assert.match(report.problems[0]?.at.path ?? '', /sigma\/rules\/linux\/broken\.yml$/);
    const { collection, problems } = await loadRules([join(base, 'rules')]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      collection.rules.map(({ meta }) => meta.id),
      [id(3), id(1), id(2)],
    );
  });

  test('has modes of its own, whatever the umask', async () => {
    write(source, first);
    const before = process.umask(0o077);
    try {
      await importNow();
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(target).mode & 0o777, 0o755);
    assert.equal(statSync(join(target, 'rules/linux')).mode & 0o777, 0o755);
    assert.equal(statSync(join(target, 'rules/linux/a.yml')).mode & 0o777, 0o644);
  });

  test('writes down where it came from', async () => {
    write(source, first);
    await importNow();
    const manifest = () => JSON.parse(readFileSync(join(target, '.sigmond-import.json'), 'utf8'));
    assert.deepEqual(manifest().source, { kind: 'folder', path: source });
    assert.equal(manifest().importedAt, '2026-11-24T03:11:33.399Z');
    const hash = createHash('sha256').update(first['rules/linux/a.yml']).digest('hex');
    assert.equal(manifest().files['rules/linux/a.yml'], hash);
    const archive = zipOf(Object.entries(first).map(([name, content]) => ({ name: `sigma-master/${name}`, content })));
    writeFileSync(join(base, 'sigma.zip'), archive);
    const report = await importNow({ source: join(base, 'sigma.zip') });
    assert.equal(report.changes.unchanged.length, 3);
    const sha256 = createHash('sha256').update(archive).digest('hex');
    assert.deepEqual(manifest().source, { kind: 'archive', path: join(base, 'sigma.zip'), sha256 });
  });

  test('brings in everything when asked', async () => {
    write(source, first);
    const report = await importNow({ allProducts: true, trees: new Set(['deprecated']) });
    assert.deepEqual(report.changes.added, [
      'deprecated/d.yml',
      'rules/any/c.yml',
      'rules/linux/a.yml',
      'rules/linux/b.yml',
      'rules/windows/w.yml',
    ]);
  });

  test('says what changed, and removes what the source no longer has', async () => {
    write(source, first);
    await importNow();
    write(source, { 'rules/linux/a.yml': rule(1, undefined, 'changed'), 'rules/linux/new.yml': rule(7) });
    rmSync(join(source, 'rules/linux/b.yml'));
    const dry = await importNow({ dryRun: true });
    assert.deepEqual(filesIn(target), taken);
    const { changes } = await importNow();
    assert.deepEqual(changes, dry.changes);
    assert.deepEqual(changes, {
      added: ['rules/linux/new.yml'],
      changed: ['rules/linux/a.yml'],
      removed: ['rules/linux/b.yml'],
      unchanged: ['rules/any/c.yml'],
      edited: [],
      deleted: [],
      foreign: [],
    });
    assert.ok(!existsSync(join(target, 'rules/linux/b.yml')));
  });

  test('leaves what was edited, deleted and added here, again and again, until forced', async () => {
    write(source, first);
    await importNow();
    const edit = rule(1, undefined, 'mine');
    write(target, { 'rules/linux/a.yml': edit, 'mine.yml': rule(8) });
    rmSync(join(target, 'rules/linux/b.yml'));
    for (let time = 0; time < 2; time++) {
      const { changes } = await importNow();
      assert.deepEqual(changes.edited, ['rules/linux/a.yml']);
      assert.deepEqual(changes.deleted, ['rules/linux/b.yml']);
      assert.deepEqual(changes.foreign, ['mine.yml']);
      assert.equal(readFileSync(join(target, 'rules/linux/a.yml'), 'utf8'), edit);
      assert.ok(!existsSync(join(target, 'rules/linux/b.yml')));
    }
    const { changes } = await importNow({ force: true });
    assert.deepEqual(changes.changed, ['rules/linux/a.yml']);
    assert.deepEqual(changes.added, ['rules/linux/b.yml']);
    assert.equal(readFileSync(join(target, 'mine.yml'), 'utf8'), rule(8));
  });

  test('keeps an edit also when the source moved the rule, and then leaves the moved one out', async () => {
    write(source, first);
    await importNow();
    write(target, { 'rules/linux/a.yml': rule(1, undefined, 'mine') });
    write(source, { 'rules/moved/a.yml': rule(1) });
    rmSync(join(source, 'rules/linux/a.yml'));
    const report = await importNow();
    assert.deepEqual(report.changes.edited, ['rules/linux/a.yml']);
    assert.ok(!existsSync(join(target, 'rules/moved/a.yml')));
    assert.deepEqual((await loadRules([join(base, 'rules')])).problems, []);
  });

  test('leaves out rules whose id another rule has', async () => {
    write(join(base, 'rules'), { 'mine.yml': rule(1, undefined, 'mine') });
    write(source, first);
    const report = await importNow();
    assert.equal(report.rejected, 2);
    assert.ok(report.problems.some(({ text }) => text.includes(`'${id(1)}' is already that of`)));
    assert.deepEqual((await loadRules([join(base, 'rules')])).problems, []);
  });

  test('takes a correlation with its rules: not without them, and not those of other products', async () => {
    const correlation = (n: number, member: number) => `title: burst ${n}
id: ${id(n)}
status: test
level: high
correlation: {type: event_count, rules: [${id(member)}], timespan: 1m, condition: {gte: 3}}
`;
    write(source, {
      'linux.yml': rule(1),
      'windows.yml': rule(2, 'product: windows'),
      'of-linux.yml': correlation(3, 1),
      'of-windows.yml': correlation(4, 2),
      'of-nothing.yml': correlation(5, 99),
      'of-that.yml': correlation(6, 5),
    });
    const report = await importNow();
    assert.deepEqual(report.changes.added, ['linux.yml', 'of-linux.yml']);
    assert.equal(report.otherProducts, 2);
    assert.equal(report.rejected, 2);
    assert.ok(report.problems.some(({ text }) => text.startsWith(`no rule has the id or name '${id(99)}'`)));
    assert.deepEqual((await loadRules([join(base, 'rules')])).problems, []);
  });

  test('changes nothing when the source has no rule for this host', async () => {
    write(source, first);
    await importNow();
    const empty = join(base, 'empty');
    write(empty, { 'rules/w.yml': rule(4, 'product: windows') });
    const report = await importNow({ source: empty });
    assert.equal(report.otherProducts, 1);
    assert.deepEqual(filesIn(target), taken);
  });

  test('takes an empty folder, and no folder that has something else in it', async () => {
    write(source, first);
    mkdirSync(target, { recursive: true });
    await importNow();
    assert.ok(lstatSync(target).isSymbolicLink());
    const other = join(base, 'other');
    write(other, { 'a.yml': rule(9) });
    await assert.rejects(importNow({ target: other }), /was not made by an import; choose a folder/);
    execFileSync('ln', ['-s', other, join(base, 'link')]);
    await assert.rejects(importNow({ target: join(base, 'link') }), /was not made by an import/);
    await assert.rejects(importNow({ target: join(other, 'a.yml/x') }), /a\.yml\/x cannot be written: ENOTDIR/);
    await assert.rejects(importNow({ source: join(base, 'none') }), /none cannot be read: ENOENT/);
  });

  test('is alone at its target', async () => {
    write(source, first);
    const outcomes = await Promise.allSettled([importNow(), importNow(), importNow({ target: join(base, 'second') })]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.match(String((outcomes[1] as PromiseRejectedResult).reason), /another import into .* is at work/);
    assert.equal((await importNow()).changes.unchanged.length, 3);
  });
});

test('an import that is killed leaves the old rules or the new ones, whole, and the next one cleans up', async () => {
  const trees = ['one', 'two'].map((name) => {
    const root = join(base, name);
    for (let n = 0; n < 40; n++) write(root, { [`rules/linux/${name}${n}.yml`]: rule(n, undefined, name) });
    return root;
  });
  const script = `
    const { importRules } = await import(${JSON.stringify(join(import.meta.dirname, '../src/rules-import.ts'))});
    for (let n = 0; ; n++) {
      const source = ${JSON.stringify(trees)}[n % 2];
      await importRules({ ...${JSON.stringify(request())}, source, trees: new Set() }, 0);
      process.stdout.write('.');
    }`;
  for (let time = 0; time < 4; time++) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'pipe' });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 40 + time * 17));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const { files } = JSON.parse(readFileSync(join(target, '.sigmond-import.json'), 'utf8'));
    assert.equal(Object.keys(files).length, 40);
    for (const [path, hash] of Object.entries(files)) {
      assert.equal(
        createHash('sha256')
          .update(readFileSync(join(target, path)))
          .digest('hex'),
        hash,
        path,
      );
    }
    assert.equal(filesIn(target).length, 41);
  }
  await importNow({ source: trees[0] ?? '' });
  assert.equal(readdirSync(dirname(target)).length, 2);
});

const corpus = new URL('../../shared/corpus/sigmahq/', import.meta.url).pathname;

test('the public rules come in unchanged, those for other systems only when asked', {
  skip: !existsSync(corpus) && 'the public rules are not here',
}, async () => {
  const { changes, otherProducts, rejected } = await importNow({ source: corpus });
  assert.deepEqual([changes.added.length, otherProducts, rejected], [248, 1485, 0]);
  for (const path of changes.added) {
    assert.ok(readFileSync(join(target, path)).equals(readFileSync(join(corpus, path))), path);
  }
  assert.equal((await importNow({ source: corpus, allProducts: true, dryRun: true })).changes.added.length, 1485);
});
