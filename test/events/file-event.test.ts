import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFileEvents } from '../../src/events/file-event.ts';
import { createKnownFolders } from '../../src/events/known-folders.ts';
import { createCounters } from '../../src/host/counters.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { eventOf, line, syscallBody } from '../support/audit-lines.ts';

const users = { name: (uid: string) => ({ '0': 'root' })[uid] };

/** A reader that remembers folders from one event to the next. */
function createReader() {
  const unnamed = createCounters().counter('unnamed');
  const folders = createKnownFolders();
  const read = (call: Readonly<Record<string, string>>, ...paths: readonly string[]): readonly SigmaEvent[] => {
    const event = eventOf([
      line(1, 'SYSCALL', syscallBody({ comm: '"cp"', exe: '"/usr/bin/cp"', ...call })),
      line(1, 'CWD', 'cwd="/home/eve"'),
      ...paths.map((path, item) => line(1, 'PATH', `item=${item} ${path}`)),
    ]);
    const [syscall] = event.records;
    assert.ok(syscall);
    return createFileEvents(event, syscall, { users, folders, unnamed });
  };
  const names = (...args: Parameters<typeof read>) => read(...args).map(({ fields }) => fields['TargetFilename']);
  return { read, names, unnamed };
}

const here = 'ffffff9c';
const create = 'nametype=CREATE';
const parent = 'nametype=PARENT';
const openat = { syscall: '257', a0: here, a2: '80041', exit: '3' };

test('all fields of a created file', () => {
  const [event, ...others] = createReader().read(openat, `name="/etc/" ${parent}`, `name="/etc/new" ${create}`);
  assert.deepEqual(others, []);
  assert.deepEqual(event, {
    id: '1795489893.399:1',
    timestampMs: 1_795_489_893_399,
    logsource: { product: 'linux', category: 'file_event' },
    fields: {
      Image: '/usr/bin/cp',
      User: 'root',
      LogonId: '0',
      ProcessId: '41',
      ParentProcessId: '40',
      TerminalSessionId: '7',
      Auid: '1000',
      EventSource: 'audit',
      TargetFilename: '/etc/new',
      CreationUtcTime: '2026-11-24 03:11:33.399',
    },
    ordinal: 1,
    node: undefined,
    pid: 41,
    ppid: 40,
  });
});

const rows: readonly {
  readonly name: string;
  readonly call: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
  readonly written: readonly string[];
}[] = [
  {
    name: 'a name in the working folder',
    call: openat,
    paths: [`name="/home/eve" ${parent}`, `name="x" ${create}`],
    written: ['/home/eve/x'],
  },
  {
    name: 'dots and double slashes',
    call: openat,
    paths: [`name="./../w//" ${parent}`, `name="./../w//a/../x" ${create}`],
    written: ['/home/w/x'],
  },
  {
    name: 'a name above the root stays at the root',
    call: openat,
    paths: [`name="../../../x" ${create}`],
    written: ['/x'],
  },
  { name: 'a name in hex', call: openat, paths: [`name=2F746D702FC3A920FF ${create}`], written: ['/tmp/é \ufffd'] },
  {
    name: 'a rename gives its target only',
    call: { syscall: '82' },
    paths: [`name="a/" ${parent}`, `name="/etc/" ${parent}`, 'name="a/o" nametype=DELETE', `name="/etc/n" ${create}`],
    written: ['/etc/n'],
  },
  {
    name: 'a rename over a file that exists',
    call: { syscall: '82' },
    paths: [
      `name="/" ${parent}`,
      `name="/" ${parent}`,
      'name="/a" nametype=DELETE',
      'name="/b" nametype=DELETE',
      `name="/b" ${create}`,
    ],
    written: ['/b'],
  },
  {
    name: 'an exchange of two names',
    call: { syscall: '316', a0: here, a2: here, exit: '0' },
    paths: ['name="a" nametype=DELETE', 'name="b" nametype=DELETE', `name="b" ${create}`, `name="a" ${create}`],
    written: ['/home/eve/b', '/home/eve/a'],
  },
  {
    name: 'a folder',
    call: { syscall: '83' },
    paths: [`name="/tmp/" ${parent}`, `name="/tmp/d/" mode=040755 ${create}`],
    written: ['/tmp/d'],
  },
  {
    name: 'a symbolic link, not what it leads to',
    call: { syscall: '88' },
    paths: [`name="/tmp/" ${parent}`, 'name="/etc/passwd" nametype=UNKNOWN', `name="/tmp/l" ${create}`],
    written: ['/tmp/l'],
  },
  {
    name: 'a hard link, not the file that had the name before',
    call: { syscall: '86' },
    paths: [`name="/tmp/" ${parent}`, 'name="/etc/shadow" mode=0100640 nametype=NORMAL', `name="/tmp/l" ${create}`],
    written: ['/tmp/l'],
  },
  {
    name: 'records in another order, and one that came twice',
    call: openat,
    paths: [`item=1 name="/a/x" ${create}`, `item=0 name="/a/" ${parent}`, `name="/a/x" ${create}`],
    written: ['/a/x'],
  },
  {
    name: 'a file that was there, opened with O_CREAT: to append',
    call: { ...openat, a2: '441' },
    paths: ['name="/etc/crontab" mode=0100644 nametype=NORMAL'],
    written: [],
  },
  {
    name: 'a file that was there, emptied by O_CREAT and O_TRUNC',
    call: { ...openat, a2: '241' },
    paths: ['name="/etc/crontab" mode=0100644 nametype=NORMAL'],
    written: ['/etc/crontab'],
  },
  {
    name: 'a file that was there, emptied by O_TRUNC alone (cp)',
    call: { ...openat, a2: '201' },
    paths: ['name="/etc/crontab" mode=0100644 nametype=NORMAL'],
    written: ['/etc/crontab'],
  },
  {
    name: 'open has its flags in the second argument',
    call: { syscall: '2', a1: '241', a2: '0' },
    paths: ['name="f" mode=0100644 nametype=NORMAL'],
    written: ['/home/eve/f'],
  },
  {
    name: 'creat always empties',
    call: { syscall: '85', a1: '1a4' },
    paths: ['name="f" mode=0100644 nametype=NORMAL'],
    written: ['/home/eve/f'],
  },
  {
    name: 'a program with the set-user-id bit is a regular file too',
    call: { ...openat, a2: '201' },
    paths: ['name="/usr/bin/su" mode=0104755 nametype=NORMAL'],
    written: ['/usr/bin/su'],
  },
  {
    name: 'a device that is opened to write',
    call: { ...openat, a2: '241' },
    paths: ['name="/dev/null" mode=020666 nametype=NORMAL'],
    written: [],
  },
  {
    name: 'a file that is read',
    call: { ...openat, a2: '80000' },
    paths: ['name="/etc/passwd" nametype=NORMAL'],
    written: [],
  },
  {
    name: 'a file that is removed',
    call: { syscall: '87' },
    paths: [`name="/tmp/" ${parent}`, 'name="/tmp/x" nametype=DELETE'],
    written: [],
  },
  {
    name: 'a call that failed',
    call: { ...openat, success: 'no', exit: '-13' },
    paths: [`name="/etc/new" ${create}`],
    written: [],
  },
  {
    name: 'the same call of a 32-bit program',
    call: { arch: '40000003', syscall: '5', a1: '241' },
    paths: ['name="f" mode=0100644 nametype=NORMAL'],
    written: ['/home/eve/f'],
  },
];
for (const { name, call, paths, written } of rows) {
  test(`${name}: ${written.join(', ') || 'no event'}`, () => {
    const reader = createReader();
    assert.deepEqual(reader.names(call, ...paths), written);
    assert.equal(reader.unnamed.value, 0);
  });
}

test('each file of a call has its own number', () => {
  const events = createReader().read({ syscall: '316' }, `name="/b" ${create}`, `name="/a" ${create}`);
  assert.deepEqual(
    events.map(({ ordinal }) => ordinal),
    [1, 2],
  );
});

test('what was there before has no time of creation', () => {
  const [event] = createReader().read({ syscall: '85' }, 'name="/x" mode=0100644 nametype=NORMAL');
  assert.equal(event?.fields['TargetFilename'], '/x');
  assert.equal(event?.fields['CreationUtcTime'], undefined);
});

test('a name that no record tells is counted', () => {
  const reader = createReader();
  assert.deepEqual(reader.names(openat, `name=(null) ${parent}`, `name=(null) ${create}`), []);
  assert.equal(reader.unnamed.value, 1);
});

test('without CWD only a folder with a whole name tells where a file is', () => {
  const folders = createKnownFolders();
  const read = (...paths: readonly string[]) => {
    const event = eventOf([line(1, 'SYSCALL', syscallBody(openat)), ...paths.map((path) => line(1, 'PATH', path))]);
    const [syscall] = event.records;
    assert.ok(syscall);
    const unnamed = createCounters().counter('unnamed');
    return createFileEvents(event, syscall, { users, folders, unnamed }).map(({ fields }) => fields['TargetFilename']);
  };
  assert.deepEqual(read(`item=0 name="/tmp" ${parent}`, `item=1 name="x" ${create}`), ['/tmp/x']);
  assert.deepEqual(read(`item=0 name="a/" ${parent}`, `item=1 name="a/x" ${create}`), []);
});

// openat(4, "x"): the kernel writes the working folder where that of the descriptor should stand, with the right inode.
const throughDescriptor = { ...openat, a0: '4' };
const wrongFolder = `name="/home/eve" inode=7 dev=fe:00 mode=040755 ${parent}`;

test('a name that is relative to a descriptor: the folder is known by its inode once it was opened', () => {
  const reader = createReader();
  reader.read({ ...openat, a2: '210000' }, 'name="/etc/cron.d/" inode=7 dev=fe:00 mode=041777 nametype=NORMAL');
  assert.deepEqual(reader.names(throughDescriptor, wrongFolder, `name="x" ${create}`), ['/etc/cron.d/x']);
  assert.deepEqual(
    reader.names({ syscall: '316', a0: here, a2: '3' }, `name="/tmp/" ${parent}`, wrongFolder, `name="n" ${create}`),
    ['/etc/cron.d/n'],
  );
});

test('... or once something was made in it, or it was made or renamed', () => {
  const reader = createReader();
  reader.read(openat, `name="sub/" inode=7 dev=fe:00 mode=040755 ${parent}`, `name="sub/y" ${create}`);
  assert.deepEqual(reader.names(throughDescriptor, wrongFolder, `name="x" ${create}`), ['/home/eve/sub/x']);
  reader.read({ syscall: '83' }, `name="/tmp/made" inode=7 dev=fe:00 mode=040755 ${create}`);
  assert.deepEqual(reader.names(throughDescriptor, wrongFolder, `name="x" ${create}`), ['/tmp/made/x']);
  const folder = 'inode=7 dev=fe:00 mode=040755';
  reader.read({ syscall: '82' }, `name="/tmp/made" ${folder} nametype=DELETE`, `name="/tmp/new" ${folder} ${create}`);
  assert.deepEqual(reader.names(throughDescriptor, wrongFolder, `name="x" ${create}`), ['/tmp/new/x']);
});

test('... also when it was made below another such folder', () => {
  const reader = createReader();
  reader.read({ ...openat, a2: '210000' }, 'name="/srv" inode=7 dev=fe:00 mode=040755 nametype=NORMAL');
  const made = 'inode=8 dev=fe:00 mode=040755';
  assert.deepEqual(reader.names({ syscall: '258', a0: '4' }, wrongFolder, `name="sub" ${made} ${create}`), [
    '/srv/sub',
  ]);
  assert.deepEqual(reader.names(throughDescriptor, `name="sub/" ${made} ${parent}`, `name="sub/x" ${create}`), [
    '/srv/sub/x',
  ]);
});

test('a file that was there has no record of its folder: the process opened it under this descriptor', () => {
  const reader = createReader();
  const opened = { ...openat, a2: '210000', exit: '4' };
  const emptied = 'name="x" mode=0100644 nametype=NORMAL';
  reader.read(opened, 'name="cron.d/" inode=7 dev=fe:00 mode=040755 nametype=NORMAL');
  assert.deepEqual(reader.names({ ...throughDescriptor, a2: '201' }, emptied), ['/home/eve/cron.d/x']);
  assert.deepEqual(reader.names({ ...throughDescriptor, a2: '201', pid: '99' }, emptied), ['/home/eve/x']);
});

test('... and otherwise it is the folder that the record names, or the working folder', () => {
  const { names } = createReader();
  assert.deepEqual(names(throughDescriptor, `name="/etc/cron.d/" ${parent}`, `name="x" ${create}`), ['/etc/cron.d/x']);
  assert.deepEqual(names(throughDescriptor, wrongFolder, `name="x" ${create}`), ['/home/eve/x']);
});

test('an absolute name needs no folder, whatever the descriptor is', () => {
  assert.deepEqual(createReader().names(throughDescriptor, `name="/etc/" ${parent}`, `name="/etc/x" ${create}`), [
    '/etc/x',
  ]);
});

test('whatever the records say, a file has an absolute name without dots, and only once', () => {
  const name = fc
    .array(fc.constantFrom('/', '.', '..', 'a', 'b c', '//', '"', '\\'), { maxLength: 6 })
    .map((p) => p.join(''));
  const path = fc
    .record({
      name: fc.option(name),
      nametype: fc.constantFrom('CREATE', 'PARENT', 'NORMAL', 'DELETE', 'UNKNOWN'),
      inode: fc.nat(3),
      mode: fc.constantFrom('040755', '0100644', '020666'),
    })
    .map(({ name: written, nametype, inode, mode }) => {
      const hex = written === null ? '(null)' : `"${written.replaceAll('"', '')}"`;
      return `name=${hex} inode=${inode} dev=fe:00 mode=${mode} nametype=${nametype}`;
    });
  const call = fc.record({
    syscall: fc.constantFrom('257', '2', '82', '316', '258', '265', '266', '42'),
    a0: fc.constantFrom(here, '3', 'ffffffffffffff9c', 'x'),
    a2: fc.constantFrom('241', '3', here, '0'),
    exit: fc.constantFrom('0', '3', '-2', 'x'),
    pid: fc.constantFrom('1', '2'),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(call, fc.array(path, { maxLength: 5 })), { maxLength: 6 }), (calls) => {
      const reader = createReader();
      for (const [changes, paths] of calls) {
        const written = reader.names(changes, ...paths).map(String);
        assert.equal(new Set(written).size, written.length);
        for (const file of written) assert.equal(file, posix.resolve('/', file));
      }
    }),
    { numRuns: 1000 },
  );
});

test('a folder that is inferred is marked, one that the records tell is not', () => {
  const inferred = (call: Readonly<Record<string, string>>) =>
    createReader()
      .read(call, `name="x" ${create}`)
      .map(({ fields }) => fields['TargetFilenameInferred']);
  assert.deepEqual(inferred({ ...openat, a0: '5' }), ['true']);
  assert.deepEqual(inferred(openat), [undefined]);
});
