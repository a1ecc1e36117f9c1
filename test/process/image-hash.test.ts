import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounters } from '../../src/host/counters.ts';
import type { FileHash } from '../../src/host/file-hashes.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createImageHashes } from '../../src/process/image-hash.ts';
import { createHeldClock } from '../support/held-clock.ts';

/** Files by path: the id and the hash of each; `running` is the image that the process now has. */
function createHost(files: Readonly<Record<string, readonly [id: string, hash: FileHash]>>, running?: string) {
  const clock = createHeldClock();
  const late = createCounters().counter('late');
  const hashOf = createImageHashes(
    {
      sha256(path, isMeant) {
        const [id, hash] = files[path] ?? [];
        return id !== undefined && isMeant(id) ? hash : undefined;
      },
    },
    { imagePath: (pid) => `/proc/${pid}/exe`, image: () => running },
    clock,
    late,
  );
  return { hashOf, clock, late };
}

const event = (image: string, ...opened: string[]): SigmaEvent => ({
  id: '1:1',
  timestampMs: 0,
  logsource: { product: 'linux', category: 'process_creation' },
  fields: { Image: image },
  pid: 7,
  ...(opened.length > 0 && { openedFiles: () => opened }),
});

test('the image of a living process is what it runs', () => {
  const { hashOf } = createHost({ '/proc/7/exe': ['fd:01:5', 'live'] }, '/bin/id');
  assert.equal(hashOf(event('/bin/id')), 'live');
  assert.equal(hashOf(event('/bin/id', 'fd:01:5', 'fd:01:9')), 'live');
  // An overlay's file system has other numbers for audit than for stat(2).
  assert.equal(hashOf(event('/bin/id', '00:31:5')), 'live');
  // Inside a chroot the path is another one.
  assert.equal(hashOf(event('/inside/id', 'fd:01:5')), 'live');
});

test('what the process has executed since is not taken for it', () => {
  const { hashOf } = createHost({ '/proc/7/exe': ['fd:01:6', 'next'], '/bin/env': ['fd:01:5', 'env'] }, '/bin/id');
  assert.equal(hashOf(event('/bin/env', 'fd:01:5')), 'env');
  assert.equal(hashOf(event('/bin/env')), undefined);
});

test('of a process that is gone the path counts only for the file that was executed', () => {
  const { hashOf } = createHost({ '/bin/id': ['fd:01:5', 'id'] });
  assert.equal(hashOf(event('/bin/id', 'fd:01:5')), 'id');
  assert.equal(hashOf(event('/bin/id', '00:31:5')), undefined);
  assert.equal(hashOf(event('/bin/id')), undefined);
});

test('a hash that takes too long is not waited for, and that is counted', async () => {
  const { hashOf, clock, late } = createHost({ '/proc/7/exe': ['fd:01:5', new Promise(() => undefined)] }, '/bin/id');
  const hash = hashOf(event('/bin/id'));
  clock.advance(2000);
  assert.equal(await hash, undefined);
  assert.equal(late.value, 1);
});

test('a hash in time leaves nothing waiting', async () => {
  const { hashOf, clock, late } = createHost({ '/proc/7/exe': ['fd:01:5', Promise.resolve('id')] }, '/bin/id');
  assert.equal(await hashOf(event('/bin/id')), 'id');
  assert.deepEqual(clock.waits, []);
  assert.equal(late.value, 0);
});
