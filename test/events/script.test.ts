import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scriptPath } from '../../src/events/script.ts';
import { line, record } from '../support/audit-lines.ts';

const script = 'item=0 name="./s.sh" inode=7 dev=fe:01';
const shell = 'item=1 name="/bin/sh" inode=8 dev=fe:01';
const linker = 'item=2 name="/lib64/ld-linux-x86-64.so.2" inode=9 dev=fe:01';

interface Row {
  readonly name: string;
  readonly paths: readonly string[];
  readonly argv?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly script: string | undefined;
}

const rows: readonly Row[] = [
  { name: 'F23 the script is what was called', paths: [script, shell, linker], script: '/srv/s.sh' },
  { name: 'F23 also where its interpreter has no loader', paths: [script, shell], script: '/srv/s.sh' },
  {
    name: 'F23 old kernels list it twice',
    paths: [script, script.replace('item=0', 'item=1'), shell.replace('item=1', 'item=2')],
    script: '/srv/s.sh',
  },
  { name: 'F17 in any order', paths: [linker, shell, script], script: '/srv/s.sh' },
  {
    name: 'F23 an absolute one needs no folder',
    paths: [script.replace('./s.sh', '/opt/../srv//x.sh'), shell],
    argv: ['/bin/sh', '/opt/../srv//x.sh'],
    cwd: undefined,
    script: '/srv/x.sh',
  },
  { name: 'F23 a relative one does', paths: [script, shell], cwd: undefined, script: undefined },
  { name: 'F23 and a whole one', paths: [script, shell], cwd: '(unreachable)/x', script: undefined },
  { name: 'F23 a program that is called with its own name', paths: [script, linker], script: undefined },
  {
    name: 'F23 a program with a loader of a name that nobody knows',
    paths: ['item=0 name="/bin/x" inode=7 dev=fe:01', 'item=1 name="/opt/loader" inode=8 dev=fe:01'],
    argv: ['x', 'y'],
    script: undefined,
  },
  { name: 'F17 without the PATH record of what was called', paths: [shell, linker], script: undefined },
  { name: 'F17 without PATH records', paths: [], script: undefined },
  { name: 'F19 without arguments', paths: [script, shell], argv: undefined, script: undefined },
  {
    name: 'F25 a file that has no name',
    paths: ['item=0 name=(null) inode=7 dev=fe:01', shell],
    argv: ['/bin/sh', '/dev/fd/3'],
    script: undefined,
  },
];

for (const row of rows) {
  const argv = 'argv' in row ? row.argv : ['/bin/sh', '-e', './s.sh', 'x'];
  const cwd = 'cwd' in row ? row.cwd : '/srv';
  test(row.name, () => {
    const records = row.paths.map((body) => record(line(1, 'PATH', body)));
    assert.equal(scriptPath(records, argv, cwd), row.script);
  });
}
