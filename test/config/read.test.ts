import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readConfig } from '../../src/config/read.ts';
import { ConfigError } from '../../src/model/errors.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigmond-config-'));
});
after(() => rm(folder, { recursive: true }));

test('a named file is read and named in the configuration as it was given', async () => {
  const path = join(folder, 'good.yaml');
  await writeFile(path, 'log: {level: debug}\n');
  const config = await readConfig(path, folder);
  assert.equal(config.path, path);
  assert.equal(config.log.level, 'debug');
});

test('without a name, and with none installed, the file beside the program is found', async (t) => {
  const installed = await readConfig(undefined, join(folder, 'nowhere', 'src')).catch((error: unknown) => error);
  if (!(installed instanceof ConfigError) || !installed.message.includes('nor /etc/sigmond/sigmond.yaml')) {
    t.skip('sigmond is installed on this host');
    return;
  }
  await mkdir(join(folder, 'checkout', 'config'), { recursive: true });
  await writeFile(join(folder, 'checkout', 'config', 'sigmond.yaml'), 'state_dir: /s\n');
  assert.equal((await readConfig(undefined, join(folder, 'checkout', 'dist'))).stateDir, '/s');
});

const unreadable: readonly (readonly [what: string, make: (path: string) => Promise<unknown>, reason: RegExp])[] = [
  ['a file that is not there', async () => undefined, /^PATH:1:1: cannot be read: ENOENT: no such file or directory$/],
  ['a folder', (path) => mkdir(path), /^PATH:1:1: cannot be read: EISDIR: illegal operation on a directory$/],
  ['a huge file', (path) => writeFile(path, '#'.repeat(300_000)), /^PATH:1:1: longer than 262144 bytes$/],
  [
    'bytes that are not UTF-8',
    (path) => writeFile(path, Buffer.from('state_dir: /a\nlog: \xff{}\n', 'latin1')),
    /^PATH:2:6: not UTF-8 from here on$/,
  ],
  ['a mistake', (path) => writeFile(path, 'lag: {}'), /^PATH:1:1: unknown key 'lag' \(did you mean 'log'\?\)$/],
];
for (const [what, make, reason] of unreadable) {
  test(`${what} is a configuration error that names the file and the reason`, async () => {
    const path = join(folder, what.replaceAll(' ', '-'));
    await make(path);
    await assert.rejects(readConfig(path, folder), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message.replace(path, 'PATH'), reason);
      return true;
    });
  });
}

test('an endless device is refused instead of read', async () => {
  await assert.rejects(readConfig('/dev/zero', folder), /longer than/);
});
