import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createMadeHost } from './support.ts';

const commandLines = (events: readonly SigmaEvent[]) => events.map(({ fields }) => fields['CommandLine']);
const images = (host: ReturnType<typeof createMadeHost>, event: SigmaEvent) =>
  host.enricher.ancestry(event).map(({ image }) => image);

/** init, a server and its shell, seen by a first scan. */
async function createHost() {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const server = host.start(init, 50, 'server');
  const shell = host.start(server, 60, 'sh', '-i');
  await host.scan();
  return { ...host, host, init, server, shell };
}

test('the first scan fills the table without an event', async () => {
  const { host } = await createHost();
  assert.deepEqual(host.events, []);
  assert.equal(host.table.size, 3);
});

test('a new program is one event, with its parent', async () => {
  const { host, shell } = await createHost();
  host.start(shell, 70, 'id', '-u').tty = 'pts3';
  await host.scan();
  await host.scan();
  assert.equal(host.events.length, 1);
  const [event] = host.events;
  assert.deepEqual(
    { ...event?.fields, ProcessGuid: '', ParentProcessGuid: '' },
    {
      Image: '/bin/id',
      CommandLine: 'id -u',
      CurrentDirectory: '/',
      User: 'root',
      LogonId: '0',
      ProcessId: '70',
      ParentProcessId: '60',
      ParentImage: '/bin/sh',
      ParentCommandLine: 'sh -i',
      ParentUser: 'root',
      ProcessGuid: '',
      ParentProcessGuid: '',
      Tty: 'pts3',
      EventSource: 'proc',
    },
  );
  assert.deepEqual(event?.argv, ['id', '-u']);
  assert.deepEqual(event && images(host, event), ['/bin/sh', '/bin/server', '/bin/init']);
});

test('a fork is no event, an exec without a fork is one, a changed title none', async () => {
  const { host, server, shell } = await createHost();
  host.fork(shell, 70);
  server.argv = ['server: 3 clients'];
  await host.scan();
  assert.deepEqual(host.events, []);
  host.run(shell, 'nc', '-l');
  await host.scan();
  await host.scan();
  assert.deepEqual(commandLines(host.events), ['nc -l']);
});

test('a fork of a process that has executed since is no event', async () => {
  const { host, shell } = await createHost();
  host.fork(shell, 70);
  host.run(shell, 'nc', '-l');
  await host.scan();
  await host.scan();
  assert.deepEqual(commandLines(host.events), ['nc -l']);
});

for (const order of ['before', 'after'] as const) {
  test(`what audit reports ${order} the scan sees it is no event, at a fork and at an exec without one`, async () => {
    const { host, shell } = await createHost();
    host.audit(host.start(shell, 69, 'true'));
    for (const begin of [() => host.start(shell, 70, 'id'), () => host.run(shell, 'nc')]) {
      const process = begin();
      if (order === 'after') await host.scan();
      host.audit(process);
      await host.scan();
      await host.scan();
    }
    assert.deepEqual(host.events, []);
  });
}

test('what audit does not report is one event after one more scan', async () => {
  const { host, shell } = await createHost();
  host.audit(host.start(shell, 69, 'true'));
  await host.scan();
  host.start(shell, 70, 'id');
  await host.scan();
  assert.deepEqual(host.events, []);
  await host.scan();
  await host.scan();
  assert.deepEqual(commandLines(host.events), ['id']);
});

test('a daemon, which forks twice and leaves its parents, is no event of its own', async () => {
  const { host, shell } = await createHost();
  const starter = host.start(shell, 70, 'daemon', '--detach');
  host.audit(starter);
  const middle = host.fork(starter, 71);
  host.fork(middle, 72);
  host.exit(starter);
  host.exit(middle);
  for (let n = 0; n < 3; n++) await host.scan();
  assert.deepEqual(host.events, []);
});

test('parents are known although their pids are higher, in one scan', async () => {
  const { host, shell } = await createHost();
  const first = host.start(shell, 900, 'make');
  const second = host.start(first, 90, 'cc');
  const third = host.start(second, 80, 'as');
  await host.scan();
  assert.equal(host.events.length, 3);
  const event = host.events.find(({ pid }) => pid === third.pid);
  assert.deepEqual(event && images(host, event), ['/bin/cc', '/bin/make', '/bin/sh', '/bin/server', '/bin/init']);
});

test('kernel threads and processes of which nothing can be read are no events', async () => {
  const { host, init } = await createHost();
  host.start(undefined, 70, 'kworker').kernelThread = true;
  Object.assign(host.fork(init, 71), { exe: undefined, argv: undefined, stackStart: undefined });
  await host.scan();
  await host.scan();
  assert.deepEqual(host.events, []);
});

test('without the place of the stack, the command line tells a fork from an exec', async () => {
  const { host, server } = await createHost();
  server.stackStart = undefined;
  host.fork(server, 70);
  Object.assign(host.start(server, 71, 'id'), { stackStart: undefined });
  await host.scan();
  assert.deepEqual(commandLines(host.events), ['id']);
});

test('a pid that is used again is a new process with its own parent', async () => {
  const { host, init, shell } = await createHost();
  const first = host.start(shell, 70, 'id');
  await host.scan();
  host.exit(first);
  host.start(init, 70, 'cron');
  await host.scan();
  assert.deepEqual(commandLines(host.events), ['id', 'cron']);
  assert.deepEqual(
    host.events.map(({ fields }) => fields['ParentImage']),
    ['/bin/sh', '/bin/init'],
  );
  assert.equal(new Set(host.events.map(({ fields }) => fields['ProcessGuid'])).size, 2);
});

test('where other users are hidden, a process that is not seen is not taken for gone', async () => {
  const host = createMadeHost();
  const own = host.start({ pid: 7, ppid: 1, startTicks: 0, stackStart: undefined }, 60, 'sh');
  const hidden = { pid: 70, ppid: 60, startTicks: 0, stackStart: undefined, exe: '/bin/sudo', argv: ['sudo', 'sh'] };
  await host.scan();
  host.audit(hidden);
  for (let n = 0; n < 3; n++) await host.scan();
  const child = host.audit({ ...own, pid: 71, ppid: 70, exe: '/bin/sh', argv: ['sh'] });
  assert.equal(child.fields['ParentImage'], '/bin/sudo');
});

test('a process that starts while a scan is under way is not taken for gone', async () => {
  const { host, shell } = await createHost();
  for (let pid = 100; pid < 400; pid++) host.fork(shell, pid);
  await host.scan();
  const scanning = host.scan();
  const started = host.start(shell, 1000, 'sh', '-c');
  host.audit(started);
  await scanning;
  host.clock.advance(500);
  const child = host.audit(host.start(started, 1001, 'id'));
  assert.equal(child.fields['ParentCommandLine'], 'sh -c');
  for (let n = 0; n < 3; n++) await host.scan();
  assert.deepEqual(host.events, []);
});
