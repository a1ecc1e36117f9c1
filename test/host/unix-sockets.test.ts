import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasWaitingClient } from '../../src/host/unix-sockets.ts';

test('a client that was let in does not wait, and where nobody is none does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-unix-'));
  const path = join(folder, 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    assert.equal(await hasWaitingClient(path), false);
    const client = createConnection(path);
    await new Promise((resolve) => server.once('connection', resolve));
    assert.equal(await hasWaitingClient(path), false);
    assert.equal(await hasWaitingClient(join(folder, 'other')), false);
    client.destroy();
  } finally {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  }
});
