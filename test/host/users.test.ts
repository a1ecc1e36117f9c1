import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createUsers } from '../../src/host/users.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigmond-users-'));
const passwd = join(folder, 'passwd');
after(() => rmSync(folder, { recursive: true }));

test('names of users, read again when the file has changed, and kept while it is away', () => {
  let nowMs = 0;
  const users = createUsers(passwd, () => nowMs);
  assert.equal(users.name('0'), undefined);
  writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\n# a comment\n\nweb:x:33:33:::\nbroken\n');
  nowMs += 6000;
  assert.deepEqual(
    [users.name('0'), users.name('33'), users.name('1'), users.name('')],
    ['root', 'web', undefined, undefined],
  );
  writeFileSync(`${passwd}.new`, 'root:x:0:0::/root:/bin/sh\nadm:x:33:33:::\n');
  renameSync(`${passwd}.new`, passwd);
  assert.equal(users.name('33'), 'web');
  nowMs += 6000;
  assert.equal(users.name('33'), 'adm');
  rmSync(passwd);
  nowMs += 6000;
  assert.equal(users.name('33'), 'adm');
});

test('a file that cannot be read is no error', () => {
  assert.equal(createUsers(folder, () => 0).name('0'), undefined);
});

test('who is not in the file is asked for elsewhere', () => {
  writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\n');
  const asked: string[] = [];
  const others = {
    name(uid: string) {
      asked.push(uid);
      return uid === '5001' ? 'ada' : undefined;
    },
  };
  const users = createUsers(passwd, () => 0, others);
  assert.deepEqual([users.name('0'), users.name('5001'), users.name('5002')], ['root', 'ada', undefined]);
  assert.deepEqual(asked, ['5001', '5002']);
});
