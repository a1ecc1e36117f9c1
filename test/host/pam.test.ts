import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { recordsKeystrokes } from '../../src/host/pam.ts';
import { folder } from '../sigma/support.ts';

describe('whether PAM has keystrokes recorded', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a service that asks', 'session required pam_tty_audit.so disable=* enable=root\n', true],
    ['a service that asks for nobody', 'session required pam_tty_audit.so disable=*\n', false],
    ['a comment', '# session required pam_tty_audit.so enable=root\n', false],
    ['other modules', 'auth required pam_unix.so\n', false],
  ];
  for (const [what, text, expected] of cases) {
    it(what, async (t) => {
      const path = await folder(t, { sshd: text, other: 'auth required pam_deny.so\n' });
      await mkdir(join(path, 'folder'));
      await symlink('/nowhere/at/all', join(path, 'link'));
      assert.equal(await recordsKeystrokes(path), expected);
    });
  }

  it('without PAM', async () => assert.equal(await recordsKeystrokes('/nowhere/at/all'), false));
});
