import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { literalText, open, parseText } from '../../src/sigma/value.ts';
import { canBeBelow, canBeProgram, holdsFor } from '../../src/verdict/value-reach.ts';

describe('whether a value can be a file, or below a folder', () => {
  const rows: readonly (readonly [value: string, path: string, expected: boolean])[] = [
    ['/etc/passwd', '/etc/passwd', true],
    ['/ETC/Passwd', '/etc/passwd', true],
    ['/etc/passwd', '/etc/shadow', false],
    ['/etc/pass*', '/etc/passwd', true],
    ['/etc/passwd', '/etc/', true],
    ['/etc', '/etc/', true],
    ['/etc/', '/etc/', false],
    ['/etc*', '/etc/', true],
    ['/etcetera/x', '/etc/', false],
    ['/home/*/.bashrc', '/home/', true],
    ['/home/*/.bashrc', '/home/eve/', true],
    ['/home/*/.bashrc', '/home/eve/.bashrc', true],
    ['/home/*/.bashrc', '/root/', false],
    ['*/.bashrc', '/root/', true],
    ['*/.bashrc', '/etc/passwd', false],
    ['/e?c/passwd', '/etc/', true],
    ['/e?/passwd', '/etc/', false],
    ['', '/etc/', false],
    ['ld.so.preload', '/etc/ld.so.preload', true],
    ['./x', '/etc/', true],
  ];
  for (const [value, path, expected] of rows) {
    it(`'${value}' and ${path}`, () => assert.equal(canBeBelow(parseText(value), path), expected));
  }

  it('is so whenever there is such a file', () => {
    const name = fc.stringMatching(/^[abA.]{1,4}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.nat(4), (names, depth) => {
        const path = `/${names.join('/')}`;
        const folder = `/${names.slice(0, depth).join('/')}`;
        const watched = depth >= names.length ? path : folder === '/' ? folder : `${folder}/`;
        for (const value of [literalText(path), parseText(path.replace('a', '*')), parseText(path.replace('b', '?'))]) {
          for (const opened of [
            value,
            open(value, { start: true, end: false }),
            open(value, { start: false, end: true }),
          ]) {
            if (holdsFor(opened, path)) assert.ok(canBeBelow(opened, watched), watched);
          }
        }
      }),
    );
  });
});

describe('whether a value can be the name of a program that is run', () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ['/usr/bin/wget', true],
    ['/tmp/*', true],
    ['*/.hidden/*', true],
    ['/etc/ld.so.preload', false],
    ['/etc/*release', false],
    ['/dev/shm/x', true],
    ['/dev/mem', false],
    ['/root/.bashrc', false],
    ['/home/*/.profile', false],
    ['*/sysctl.conf', false],
    ['*/sysctl', true],
    ['*', true],
  ];
  for (const [value, expected] of rows) {
    it(`'${value}'`, () => assert.equal(canBeProgram(parseText(value)), expected));
  }
});
