import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { parseCgroup } from '../../src/process/cgroup.ts';

const id = '3f1e8d2c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';
const outer = 'a'.repeat(64);
const v2 = (path: string): string => `0::${path}\n`;
const v1 = (path: string, systemd = path): string =>
  `12:pids:${path}\n11:cpu,cpuacct:${path}\n2:devices:${path}\n1:name=systemd:${systemd}\n`;
const pod = 'kubepods-burstable-pod0f6e1a2b_3c4d_5e6f_7a8b_9c0d1e2f3a4b.slice';

const rows: readonly [what: string, text: string, containerId: string | undefined, systemdUnit: string | undefined][] =
  [
    ['the root, v2', v2('/'), undefined, undefined],
    ['the root, v1', v1('/'), undefined, undefined],
    ['nothing', '', undefined, undefined],
    ['a service', v2('/system.slice/nginx.service'), undefined, 'nginx.service'],
    ['a service, v1', v1('/system.slice/nginx.service'), undefined, 'nginx.service'],
    [
      'a service of which v1 controllers know less',
      v1('/system.slice', '/system.slice/cron.service'),
      undefined,
      'cron.service',
    ],
    [
      'hybrid, systemd in its own hierarchy',
      `0::/\n${v1('/', '/system.slice/cron.service')}`,
      undefined,
      'cron.service',
    ],
    ['a template', v2('/system.slice/system-getty.slice/getty@tty1.service'), undefined, 'getty@tty1.service'],
    ['an escaped name', v2('/system.slice/dev-disk\\x2dby.mount'), undefined, 'dev-disk\\x2dby.mount'],
    ['a name the kernel would take for its own', v2('/system.slice/_cpu.service'), undefined, 'cpu.service'],
    ['a login', v2('/user.slice/user-1000.slice/session-3.scope'), undefined, 'session-3.scope'],
    [
      'a unit of a user',
      v2('/user.slice/user-1000.slice/user@1000.service/app.slice/app-vim@7.service'),
      undefined,
      'app-vim@7.service',
    ],
    ['a slice alone', v2('/user.slice/user-0.slice'), undefined, 'user-0.slice'],
    ['below a service that delegates', v2('/system.slice/podman.service/supervisor'), undefined, 'podman.service'],
    ['a cgroup that is gone', v2('/system.slice/nginx.service (deleted)'), undefined, 'nginx.service'],
    ['docker, cgroupfs, v1', v1(`/docker/${id}`), id, undefined],
    ['docker, cgroupfs, v2', v2(`/docker/${id}`), id, undefined],
    ['docker, systemd', v2(`/system.slice/docker-${id}.scope`), id, `docker-${id}.scope`],
    [
      'docker, rootless',
      v2(`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`),
      id,
      `docker-${id}.scope`,
    ],
    ['docker in docker', v2(`/docker/${outer}/docker/${id}`), id, undefined],
    ['systemd in docker', v2(`/system.slice/docker-${id}.scope/system.slice/sshd.service`), id, 'sshd.service'],
    ['podman', v2(`/machine.slice/libpod-${id}.scope`), id, `libpod-${id}.scope`],
    ['podman, v2', v2(`/machine.slice/libpod-${id}.scope/container`), id, `libpod-${id}.scope`],
    ['podman, split', v2(`/system.slice/web.service/libpod-payload-${id}`), id, 'web.service'],
    ['podman, cgroupfs', v1(`/libpod_parent/libpod-${id}`), id, undefined],
    [
      'podman, rootless',
      v2(`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`),
      id,
      `libpod-${id}.scope`,
    ],
    ["podman's conmon", v2(`/machine.slice/libpod-conmon-${id}.scope`), undefined, `libpod-conmon-${id}.scope`],
    ["cri-o's conmon", v1(`/system.slice/crio-conmon-${id}.scope`), undefined, `crio-conmon-${id}.scope`],
    [
      'kubernetes, cgroupfs, v1',
      v1(`/kubepods/burstable/pod0f6e1a2b-3c4d-5e6f-7a8b-9c0d1e2f3a4b/${id}`),
      id,
      undefined,
    ],
    [
      'kubernetes, containerd',
      v2(`/kubepods.slice/kubepods-burstable.slice/${pod}/cri-containerd-${id}.scope`),
      id,
      `cri-containerd-${id}.scope`,
    ],
    [
      'kubernetes, cri-o',
      v2(`/kubepods.slice/kubepods-besteffort.slice/${pod}/crio-${id}.scope`),
      id,
      `crio-${id}.scope`,
    ],
    ['kubernetes, cri-o, v2', v2(`/kubepods.slice/${pod}/crio-${id}.scope/container`), id, `crio-${id}.scope`],
    ['kubernetes, docker', v1(`/kubepods.slice/${pod}/docker-${id}.scope`), id, `docker-${id}.scope`],
    [
      'containerd without systemd cgroups',
      v1(`/system.slice/containerd.service/${pod}:cri-containerd:${id}`),
      id,
      'containerd.service',
    ],
    [
      'kubernetes in docker (kind)',
      v2(`/system.slice/docker-${outer}.scope/kubelet.slice/kubelet-kubepods.slice/cri-containerd-${id}.scope`),
      id,
      `cri-containerd-${id}.scope`,
    ],
    ['containerd, ctr', v2(`/k8s.io/${id}`), id, undefined],
    ['ECS', v1(`/ecs/0f6e1a2b3c4d5e6f7a8b9c0d1e2f3a4b/${id}`), id, undefined],
    [
      'ECS on Fargate',
      v1('/ecs/0f6e1a2b3c4d5e6f7a8b9c0d1e2f3a4b/0f6e1a2b3c4d5e6f7a8b9c0d1e2f3a4b-2531612879'),
      '0f6e1a2b3c4d5e6f7a8b9c0d1e2f3a4b-2531612879',
      undefined,
    ],
    ['LXC', v2('/lxc.payload.web-1/system.slice/cron.service'), 'web-1', 'cron.service'],
    ['LXC, the monitor', v2('/lxc.monitor.web-1'), undefined, undefined],
    ['LXC, v1', v1('/lxc/web-1'), 'web-1', undefined],
    ['LXC, v1, with systemd', v1('/lxc/101/ns/init.scope'), '101', 'init.scope'],
    ['docker in LXC', v2(`/lxc.payload.ci/system.slice/docker-${id}.scope`), id, `docker-${id}.scope`],
    [
      'LXC by libvirt',
      v1('/machine.slice/machine-lxc\\x2d4213\\x2dweb.scope'),
      'web',
      'machine-lxc\\x2d4213\\x2dweb.scope',
    ],
    [
      'systemd-nspawn',
      v2('/machine.slice/systemd-nspawn@web.service/payload/system.slice/a.service'),
      'web',
      'a.service',
    ],
    [
      'systemd-nspawn by hand',
      v2('/machine.slice/machine-deb\\x2d12.scope/payload/init.scope'),
      'deb-12',
      'init.scope',
    ],
    [
      'a virtual machine',
      v2('/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/vcpu0'),
      undefined,
      'machine-qemu\\x2d1\\x2dvm.scope',
    ],
    ['hex that is no id', v2(`/build/${id.slice(1)}/x`), undefined, undefined],
  ];

describe('the container and the unit of a cgroup', () => {
  for (const [what, text, containerId, systemdUnit] of rows) {
    it(what, () => assert.deepEqual(parseCgroup(text), { containerId, systemdUnit }));
  }
});

test('F38 any text is read, and what is found stands in it', () => {
  const part = fc.constantFrom(
    '/',
    ':',
    '0::',
    '1:name=systemd:',
    'lxc',
    'payload',
    '.scope',
    'a.service',
    id,
    '\n',
    '\\x2d',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 3 }))), (parts) => {
      const text = parts.join('');
      const { containerId, systemdUnit } = parseCgroup(text);
      assert.ok(systemdUnit === undefined || text.includes(systemdUnit));
      assert.ok(containerId === undefined || containerId.includes('-') || text.includes(containerId));
    }),
  );
});

test('the cgroup of this process can be read', () => {
  assert.doesNotThrow(() => parseCgroup(readFileSync('/proc/self/cgroup', 'latin1')));
});
