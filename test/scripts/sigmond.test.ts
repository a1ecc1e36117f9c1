import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCheckout } from './checkout.ts';

test('runs the built program with its arguments, its exit code and no code generation', async () => {
  await using checkout = await createCheckout();
  const program = `console.log(JSON.stringify([process.argv.slice(2), process.execArgv]));
    try { new Function('') } catch (error) { process.exitCode = 7 }`;
  await checkout.write('dist/main.js', program);
  const noCode = '--disallow-code-generation-from-strings';
  for (const [command, options] of [
    ['check', [noCode]],
    ['run', [noCode, '--single-threaded-gc']],
  ]) {
    const words = [String(command), '-c', 'a b.yaml', ''];
    const { status, stdout } = checkout.run('bin/sigmond', words);
    assert.deepEqual(JSON.parse(stdout), [words, options]);
    assert.equal(status, 7);
  }
});

test('finds its checkout through a chain of links', async () => {
  await using checkout = await createCheckout();
  await checkout.write('dist/main.js', 'console.log("here")');
  await mkdir(join(checkout.path, 'links'));
  await symlink('../bin/sigmond', join(checkout.path, 'links/first'));
  await symlink(join(checkout.path, 'links/first'), join(checkout.path, 'links/second'));
  assert.equal(checkout.run('links/second').stdout, 'here\n');
});

test('says how to build what is not built yet', async () => {
  await using checkout = await createCheckout();
  const { status, stderr } = checkout.run('bin/sigmond', ['check']);
  assert.equal(status, 1);
  assert.match(stderr, /^sigmond: not built yet; .*npm ci && npm run build\)\n$/);
});

test('says so when there is no Node', async () => {
  await using checkout = await createCheckout({ tools: ['sh', 'readlink'] });
  await checkout.write('dist/main.js', '');
  const { status, stderr } = checkout.run('bin/sigmond');
  assert.equal(status, 1);
  assert.match(stderr, /^sigmond: node is not in PATH/);
});
