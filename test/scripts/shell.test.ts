import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const root = new URL('../..', import.meta.url).pathname;
const scripts = ['scripts/start', 'scripts/test', 'scripts/with-auditd', '.ci/run', 'bin/sigmond'];

const noShellcheck = spawnSync('shellcheck', ['--version']).error && 'needs shellcheck';
test(`shellcheck finds nothing${noShellcheck ? ` (${noShellcheck})` : ''}`, { skip: noShellcheck ?? false }, () => {
  const { status, stdout } = spawnSync('shellcheck', ['-x', ...scripts, 'scripts/prepare.sh'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '' });
});

for (const script of ['scripts/start', 'scripts/test', 'scripts/with-auditd', '.ci/run']) {
  test(`${script} --help says what it does, with an example, and does nothing`, () => {
    const { status, stdout, stderr } = spawnSync(script, ['--help'], { cwd: root, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^Usage: scripts\/.*^Example: /ms);
  });
}
