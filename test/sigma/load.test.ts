import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatProblem } from '../../src/model/errors.ts';
import { loadRules } from '../../src/sigma/load.ts';
import { folder, ruleText, uuid } from './support.ts';

const rule = (id: string) => ruleText('sel: {f: x}\ncondition: sel', { id: uuid(id) });

describe('loading rules', () => {
  it('reads folders recursively, in the order of their paths', async (t) => {
    const path = await folder(t, { 'b.yml': rule('b'), 'a.yaml': rule('a'), 'c.txt': rule('c'), '.d.yml': rule('d') });
    await mkdir(join(path, 'aa'));
    await writeFile(join(path, 'aa', 'z.yml'), rule('z'));
    const {
      collection: { rules },
      problems,
    } = await loadRules([path]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      rules.map(({ meta }) => meta.id),
      ['a', 'z', 'b'].map(uuid),
    );
    assert.equal(rules[1]?.meta.path, join(path, 'aa', 'z.yml'));
  });

  it('loads a file that is reached twice once, and ends on links that go in circles', async (t) => {
    const path = await folder(t, { 'a.yml': rule('a') });
    await symlink(path, join(path, 'again'));
    const {
      collection: { rules },
      problems,
    } = await loadRules([path, join(path, 'a.yml')]);
    assert.deepEqual([rules.length, problems], [1, []]);
  });

  it('refuses the second rule with an id', async (t) => {
    const path = await folder(t, { 'a.yml': rule('same'), 'b.yml': `${rule('other')}---\n${rule('same')}` });
    const {
      collection: { rules },
      problems,
    } = await loadRules([path]);
    assert.deepEqual(
      rules.map(({ meta }) => meta.id),
      ['same', 'other'].map(uuid),
    );
    assert.deepEqual(problems.map(formatProblem), [
      `${path}/b.yml:11:5: the id '${uuid('same')}' is already that of 'A rule' at ${path}/a.yml:2:5; use another`,
    ]);
  });

  it('tells where a file stops being UTF-8, and leaves it out', async (t) => {
    const path = await folder(t, { 'b.yml': rule('b') });
    const latin1 = Buffer.from(`${rule('a')}author: Ren\xe9\n`, 'latin1');
    await writeFile(join(path, 'a.yml'), latin1);
    const { collection, problems } = await loadRules([path]);
    assert.deepEqual(problems.map(formatProblem), [
      `${path}/a.yml:9:12: not UTF-8 from here on; save the file as UTF-8`,
    ]);
    assert.equal(collection.rules.length, 1);
  });

  it('gives placeholders to the rules', async (t) => {
    const path = await folder(t, { 'a.yml': ruleText("sel: {f|expand: '%A%'}\ncondition: sel", { id: uuid('a') }) });
    const placeholders = new Map([['A', ['x']]]);
    assert.deepEqual((await loadRules([path], { placeholders })).problems, []);
    assert.equal((await loadRules([path])).problems[0]?.severity, 'error');
  });

  it('reports what cannot be read and loads the rest', async (t) => {
    const path = await folder(t, { 'a.yml': rule('a'), 'b.yml': 'title: [', 'c.yml': '# nothing\n' });
    const missing = join(path, 'missing');
    const {
      collection: { rules },
      problems,
    } = await loadRules([missing, path]);
    assert.deepEqual(
      rules.map(({ meta }) => meta.id),
      [uuid('a')],
    );
    assert.deepEqual(
      problems.map((problem) => `${problem.severity} ${problem.at.path}`),
      [`error ${missing}`, `error ${path}/b.yml`, `warning ${path}/c.yml`],
    );
    assert.match(problems[0]?.text ?? '', /^cannot be read: ENOENT/);
  });
});
