import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatProblem } from '../../src/model/errors.ts';
import { loadRules } from '../../src/sigma/load.ts';
import { folder, ruleText } from './support.ts';

const rule = (id: string) => ruleText('sel: {f: x}\ncondition: sel', { id });

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
      ['a', 'z', 'b'],
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
      ['same', 'other'],
    );
    assert.deepEqual(problems.map(formatProblem), [
      `${path}/b.yml:11:5: the id 'same' is already that of 'A rule' at ${path}/a.yml:2:5; use another`,
    ]);
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
      ['a'],
    );
    assert.deepEqual(
      problems.map((problem) => `${problem.severity} ${problem.at.path}`),
      [`error ${missing}`, `error ${path}/b.yml`, `warning ${path}/c.yml`],
    );
    assert.match(problems[0]?.text ?? '', /^cannot be read: ENOENT/);
  });
});
