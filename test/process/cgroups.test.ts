import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createMadeHost, type MadeProcess } from './support.ts';

const service = (name: string): string => `0::/system.slice/${name}.service\n`;
const container = (digit: string): string => `0::/system.slice/docker-${digit.repeat(64)}.scope\n`;
const unit = ({ fields }: SigmaEvent): unknown => fields['SystemdUnit'];
const contained = ({ fields }: SigmaEvent): unknown => fields['ContainerId'];

/** init and a shell in a service of its own, which has already started more programs this second than are looked at. */
async function createBusyHost() {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  init.cgroup = '0::/init.scope\n';
  const shell = host.start(init, 60, 'sh');
  shell.cgroup = service('web');
  await host.scan();
  host.clock.advance = () => undefined;
  for (let pid = 1000; pid < 1300; pid++) host.audit(host.start(shell, pid, 'true'));
  host.cgroupLooks.length = 0;
  return { host, init, shell };
}

function move(process: MadeProcess, cgroup: string): MadeProcess {
  process.cgroup = cgroup;
  return process;
}

test('a process belongs where /proc says, and where its parent does when it is gone', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = move(host.start(init, 60, 'sh'), service('web'));
  await host.scan();
  assert.equal(unit(host.audit(host.start(shell, 61, 'id'))), 'web.service');
  const brief = host.start(shell, 62, 'ls');
  host.exit(brief);
  assert.equal(unit(host.audit(brief)), 'web.service');
});

test('what a program like systemd has started and is gone has no unit rather than a wrong one', async () => {
  const host = createMadeHost();
  const init = move(host.start(undefined, 1, 'init'), '0::/init.scope\n');
  await host.scan();
  const brief = host.start(init, 62, 'oneshot');
  host.exit(brief);
  assert.equal(unit(host.audit(brief)), undefined);
});

test('past some execs a second /proc is not asked any more, and the parent tells', async () => {
  const { host, shell } = await createBusyHost();
  assert.equal(unit(host.audit(host.start(shell, 61, 'id'))), 'web.service');
  assert.deepEqual(host.cgroupLooks, []);
});

test('a program that systemd starts is looked at however busy the host is', async () => {
  const { host, init } = await createBusyHost();
  const started = move(host.start(init, 61, 'cron'), service('cron'));
  assert.equal(unit(host.audit(started)), 'cron.service');
});

test('a program in a container is looked at: runc executes in the process that it moves', async () => {
  const { host, init } = await createBusyHost();
  const shim = move(host.start(init, 80, 'containerd-shim-runc-v2'), service('containerd'));
  host.audit(shim);
  const runc = host.start(shim, 81, 'runc', 'init');
  assert.equal(contained(host.audit(runc)), undefined);
  const first = host.audit(move(host.run(runc, 'nginx'), container('a')));
  assert.equal(contained(first), 'a'.repeat(64));
  assert.equal(contained(host.audit(host.start(runc, 82, 'sh'))), 'a'.repeat(64));
});

test('a program in a container that has ended is in none, not in that of the runtime', async () => {
  const { host, init } = await createBusyHost();
  const shim = move(host.start(init, 80, 'containerd-shim-runc-v2'), service('containerd'));
  host.audit(shim);
  const runc = host.start(shim, 81, 'runc', 'init');
  host.audit(runc);
  const brief = host.run(runc, 'true');
  host.exit(brief);
  const event = host.audit(brief);
  assert.deepEqual([contained(event), unit(event)], [undefined, undefined]);
});

test('a login moves itself, which its session tells', async () => {
  const { host, init } = await createBusyHost();
  const sshd = move(host.start(init, 70, 'sshd'), service('ssh'));
  sshd.session = '4294967295';
  host.audit(sshd);
  const login = host.start(sshd, 71, 'sshd', '-R');
  assert.equal(unit(host.audit(login)), 'ssh.service');
  move(login, '0::/user.slice/user-1000.slice/session-3.scope\n');
  const shell = host.start(login, 72, 'bash');
  shell.session = '3';
  assert.equal(unit(host.audit(shell)), 'session-3.scope');
  assert.equal(unit(host.audit(host.start(shell, 73, 'id'))), 'session-3.scope');
});

test('a parent that was seen to move a child is asked about each', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const launcher = move(host.start(init, 60, 'launcher'), service('launcher'));
  await host.scan();
  host.audit(move(host.start(launcher, 61, 'job'), service('job1')));
  host.clock.advance = () => undefined;
  const plain = move(host.start(init, 62, 'sh'), service('web'));
  host.audit(plain);
  for (let pid = 1000; pid < 1300; pid++) host.audit(host.start(plain, pid, 'true'));
  assert.equal(unit(host.audit(move(host.start(launcher, 63, 'job'), service('job2')))), 'job2.service');
});

test('a process that was moved while it ran is put right at a later scan', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = move(host.start(init, 60, 'sh'), service('web'));
  await host.scan();
  move(shell, service('other'));
  host.clock.advance(61_000);
  for (let n = 0; n < 4; n++) await host.scan();
  const brief = host.start(shell, 61, 'id');
  host.exit(brief);
  assert.equal(unit(host.audit(brief)), 'other.service');
});

test('what only a scan sees has both', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  await host.scan();
  move(host.start(init, 60, 'worker'), container('b'));
  await host.scan();
  const [event] = host.events;
  assert.ok(event);
  assert.equal(contained(event), 'b'.repeat(64));
  assert.equal(unit(event), `docker-${'b'.repeat(64)}.scope`);
});
