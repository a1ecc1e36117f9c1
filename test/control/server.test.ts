import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { askAgent } from '../../src/control/client.ts';
import { listenForStatus } from '../../src/control/listen.ts';
import { toPrometheus } from '../../src/control/metrics.ts';
import { startControlServer } from '../../src/control/server.ts';
import { socketPaths } from '../../src/control/sockets.ts';
import { createKeptLogger } from '../support/kept-logger.ts';
import { leaveSocketBehind } from '../support/stale-socket.ts';

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigmond-control-'));
});
after(() => rmSync(folder, { recursive: true }));

const answers = { '/status': () => ({ contentType: 'application/json', body: '{"a":1}' }) };

describe('the control socket', () => {
  test('answers who may use it, and is gone at the end', async () => {
    const path = join(folder, 'new/control.sock');
    const server = await startControlServer(path, answers);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(await askAgent(path, '/status'), '{"a":1}');
    await server.close();
    assert.equal(existsSync(path), false);
    assert.equal(await askAgent(path, '/status'), undefined);
  });

  test('tells what can be asked', async () => {
    const server = await startControlServer(join(folder, 'a.sock'), answers);
    for (const path of ['/', '/status/', '/__proto__', '/toString']) {
      await assert.rejects(askAgent(server.path, path), /404: GET one of: \/status/);
    }
    await server.close();
  });

  test('takes the place of an agent that was killed, not of one that lives', async () => {
    const path = join(folder, 'b.sock');
    leaveSocketBehind(path);
    const server = await startControlServer(path, answers);
    await assert.rejects(startControlServer(path, answers), /another agent answers there/);
    assert.equal(await askAgent(path, '/status'), '{"a":1}');
    await server.close();
  });

  test('leaves alone what is no socket', async () => {
    const path = join(folder, 'sigmond.yaml');
    writeFileSync(path, 'state_dir: /var/lib/sigmond');
    await assert.rejects(startControlServer(path, answers), /is no socket/);
    assert.equal(readFileSync(path, 'utf8'), 'state_dir: /var/lib/sigmond');
  });

  test('closes although a client keeps its connection', async () => {
    const server = await startControlServer(join(folder, 'c.sock'), answers);
    const socket = connect(server.path).on('error', () => undefined);
    socket.write('GET /status HTTP/1.1\r\n');
    await new Promise((resolve) => socket.once('connect', resolve));
    await server.close();
    socket.destroy();
  });

  test('a path that is too long for a socket is an error with its bound', async () => {
    await assert.rejects(startControlServer(join(folder, 'x'.repeat(120)), answers), /at most 107 bytes/);
  });

  test('the next place is taken where the first cannot be; without any the agent goes on', async () => {
    const logger = createKeptLogger();
    const first = await startControlServer(join(folder, 'd.sock'), answers);
    assert.equal(await listenForStatus({ controlSocket: first.path, stateDir: folder }, answers, logger), undefined);
    assert.match(JSON.stringify(logger.lines), /d\.sock: another agent answers there/);
    await first.close();
    const second = await listenForStatus({ controlSocket: first.path, stateDir: folder }, answers, logger);
    assert.equal(second?.path, first.path);
    await second?.close();
  });

  test('is looked for where the configuration says, else at two places', () => {
    assert.deepEqual(socketPaths({ controlSocket: '/a/b', stateDir: '/s' }), ['/a/b']);
    assert.deepEqual(socketPaths({ controlSocket: undefined, stateDir: '/s' }), [
      '/run/sigmond/control.sock',
      '/s/control.sock',
    ]);
  });
});

test('metrics of one family stand together behind its type', () => {
  const text = toPrometheus([
    { name: 'lost{reason="a"}', value: 1, type: 'gauge' },
    { name: 'seen_total', value: 2, type: 'counter' },
    { name: 'lost{reason="b"}', value: 3, type: 'gauge' },
  ]);
  assert.equal(
    text,
    `# TYPE sigmond_lost gauge
sigmond_lost{reason="a"} 1
sigmond_lost{reason="b"} 3
# TYPE sigmond_seen_total counter
sigmond_seen_total 2
`,
  );
});
