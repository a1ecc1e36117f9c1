import assert from 'node:assert/strict';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Checkout, createCheckout } from './checkout.ts';

const modules = new URL('../../node_modules', import.meta.url).pathname;

// older than the modules, which are those of this checkout
const oldSecs = 1_000_000_000;
const answer = 'export const answer = (): number => 42;\n';
const passing = `import { test } from 'node:test';
import { answer } from '../src/answer.ts';
test('holds', () => { if (answer() !== 42) throw new Error('broken'); });
`;
const failing = passing.replace('!== 42', '=== 42');

/** Real Node, tsx and c8; npm does nothing, and nobody is root, so that nothing is installed. */
async function createTestedCheckout(tests: Readonly<Record<string, string>>): Promise<Checkout> {
  const checkout = await createCheckout();
  const files = {
    'package-lock.json': '',
    'tsconfig.json': '{}',
    'tsconfig.build.json': '{}',
    'src/answer.ts': answer,
  };
  for (const [file, text] of Object.entries(files)) await checkout.write(file, text, oldSecs);
  await checkout.write('package.json', '{"type":"module"}');
  await checkout.write('dist/main.js', '', -1);
  for (const [file, text] of Object.entries(tests)) await checkout.write(join('test', file), text);
  await symlink(modules, join(checkout.path, 'node_modules'));
  await checkout.program('id', 'echo 1000');
  await checkout.program('npm', '');
  return checkout;
}

const totals = (pass: number, fail: number): RegExp =>
  new RegExp(
    `\n# tests ${pass + fail}\n# suites 0\n# pass ${pass}\n# fail ${fail}\n# cancelled 0\n# skipped 0\n# todo 0\n$`,
  );

test('checks, runs every test file, and ends with coverage and the totals', async () => {
  await using checkout = await createTestedCheckout({ 'one.test.ts': passing, 'two.live.test.ts': passing });
  const { status, stdout } = checkout.run('scripts/test');
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^Lines +: 100%/m);
  assert.match(stdout, totals(2, 0));
  assert.deepEqual(checkout.calls('npm'), ['npm run --silent check']);
});

test('fails when a test fails, and still shows all totals', async () => {
  await using checkout = await createTestedCheckout({ 'one.test.ts': passing, 'two.test.ts': failing });
  const { status, stdout } = checkout.run('scripts/test');
  assert.equal(status, 1);
  assert.match(stdout, totals(1, 1));
});

test('fails when the check fails, after running the tests', async () => {
  await using checkout = await createTestedCheckout({ 'one.test.ts': passing });
  await checkout.program('npm', 'exit 1');
  const { status, stdout } = checkout.run('scripts/test');
  assert.equal(status, 1);
  assert.match(stdout, totals(1, 0));
});

test('fails when too little of src is run', async () => {
  await using checkout = await createTestedCheckout({ 'one.test.ts': passing });
  await checkout.write(
    'src/far.ts',
    `export function far(): number {\n${'  Math.random();\n'.repeat(50)}  return 1;\n}\n`,
    oldSecs,
  );
  const { status, stdout, stderr } = checkout.run('scripts/test');
  assert.equal(status, 1);
  assert.match(stderr, /does not meet global threshold/);
  assert.match(stdout, totals(1, 0));
});

test('fails when there are no tests, instead of passing all of them', async () => {
  await using checkout = await createTestedCheckout({ 'one.test.ts': passing });
  await rm(join(checkout.path, 'test/one.test.ts'));
  const { status, stderr } = checkout.run('scripts/test');
  assert.equal(status, 1);
  assert.match(stderr, /^test: there are no tests$/m);
});

test('with files it runs only these, without the check', async () => {
  await using checkout = await createTestedCheckout({ 'one.test.ts': passing, 'two.test.ts': failing });
  const { status, stdout } = checkout.run('scripts/test', [join(checkout.path, 'test/one.test.ts')]);
  assert.equal(status, 0, stdout);
  assert.match(stdout, totals(1, 0));
  assert.deepEqual(checkout.calls('npm'), []);
});

test('the CI entry does the same, with CI=true', async () => {
  const inCi =
    "import { test } from 'node:test'; test('CI', () => { if (process.env.CI !== 'true') throw new Error(); });";
  await using checkout = await createTestedCheckout({ 'one.test.ts': passing, 'two.test.ts': inCi });
  const { status, stdout } = checkout.run('.ci/run');
  assert.equal(status, 0, stdout);
  assert.match(stdout, totals(2, 0));
});
