import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownFolders } from '../../src/events/known-folders.ts';
import { line, record } from '../support/audit-lines.ts';

const folder = (inode: number, node?: string) => record(line(1, 'PATH', `inode=${inode} dev=fe:00`, node));

test('a folder is known by host, device and inode', () => {
  const folders = createKnownFolders();
  folders.learn(folder(1), '/a');
  folders.learn(folder(1, 'web'), '/b');
  assert.equal(folders.find(folder(1)), '/a');
  assert.equal(folders.find(folder(1, 'web')), '/b');
  assert.equal(folders.find(record(line(1, 'PATH', 'inode=1 dev=fe:01'))), undefined);
  assert.equal(folders.find(record(line(1, 'PATH', 'name="/a"'))), undefined);
});

test('the one that was used least recently is forgotten', () => {
  const folders = createKnownFolders();
  for (let inode = 0; inode < 4096; inode++) folders.learn(folder(inode), `/${inode}`);
  assert.equal(folders.find(folder(0)), '/0');
  folders.learn(folder(5000), '/new');
  assert.deepEqual(
    [0, 1, 2, 5000].map((inode) => folders.find(folder(inode))),
    ['/0', undefined, '/2', '/new'],
  );
});

test('a descriptor is known by host, process and number', () => {
  const folders = createKnownFolders();
  const call = (pid: number, exit: string) => record(line(1, 'SYSCALL', `exit=${exit} pid=${pid}`));
  folders.learnDescriptor(call(1, '10'), '/a');
  folders.learnDescriptor(call(1, '-2'), '/failed');
  assert.equal(folders.findDescriptor(call(1, '0'), 'a'), '/a');
  assert.equal(folders.findDescriptor(call(2, '0'), 'a'), undefined);
  assert.equal(folders.findDescriptor(call(1, '0'), 'fffffffe'), undefined);
});
