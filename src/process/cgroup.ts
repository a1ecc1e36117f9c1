/** What a process belongs to, by the names that container runtimes and systemd give to cgroups. */
export interface Cgroup {
  /** 64 hex digits of docker, containerd, cri-o and podman; the name in LXC and systemd-nspawn. The innermost counts. */
  readonly containerId: string | undefined;
  /** As systemctl(1) has it; the innermost, also inside a container. */
  readonly systemdUnit: string | undefined;
}

/**
 * Reads /proc/PID/cgroup: `0::PATH` of version 2, `NUMBER:CONTROLLERS:PATH` of version 1, or both.
 *
 * @see cgroups(7); systemd's docs/CGROUP_DELEGATION.md
 */
export function parseCgroup(text: string): Cgroup {
  const paths = pathsOf(text);
  return { containerId: first(paths, containerOf), systemdUnit: first(paths, unitOf) };
}

/** Version 2 first, then systemd's own hierarchy, then those of version 1 that runtimes use without systemd. */
function pathsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').flatMap((line) => {
    const [, number = '', controllers = '', path = ''] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === '' || path === '/') return [];
    const rank = number === '0' ? 0 : controllers === 'name=systemd' ? 1 : 2;
    // The kernel marks the cgroup of a process that has outlived it.
    return [{ rank, path: path.replace(/ \(deleted\)$/, '').split('/') }];
  });
  return lines.sort((one, other) => one.rank - other.rank).map(({ path }) => path);
}

function first(
  paths: readonly (readonly string[])[],
  find: (path: readonly string[]) => string | undefined,
): string | undefined {
  for (const path of paths) {
    const found = find(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function containerOf(path: readonly string[]): string | undefined {
  for (let at = path.length - 1; at > 0; at--) {
    const id = containerIn(path[at] ?? '', path[at - 1] ?? '');
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * `ID`, `docker-ID.scope`, `cri-containerd-ID.scope`, `…slice:cri-containerd:ID`; ECS on Fargate has an id of its own.
 * conmon is the runtime outside of the container, and so is the monitor of LXC.
 */
function containerIn(name: string, parent: string): string | undefined {
  const [, prefix = '', id] = /^(.*[-:])?([0-9a-f]{64}|[0-9a-f]{32}-\d{6,})(?:\.scope)?$/.exec(name) ?? [];
  if (id !== undefined && !prefix.endsWith('conmon-')) return id;
  if (name.startsWith('lxc.payload.')) return name.slice('lxc.payload.'.length);
  if (parent === 'lxc' || parent === 'lxc.payload') return name;
  const libvirt = /^machine-lxc\\x2d\d+\\x2d(.+)\.scope$/.exec(name)?.[1];
  if (libvirt !== undefined) return unescaped(libvirt);
  const nspawn = /^(?:systemd-nspawn@(.+)\.service|machine-(.+)\.scope)$/.exec(parent);
  return name === 'payload' && nspawn ? unescaped(nspawn[1] ?? nspawn[2] ?? '') : undefined;
}

/** A machine's name as it was before it became part of a unit's. @see systemd-escape(1) */
function unescaped(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

const unitName = /^[A-Za-z0-9:_.\\@-]+\.(?:service|scope|slice|socket|mount|swap)$/;

function unitOf(path: readonly string[]): string | undefined {
  const name = path.findLast((component) => unitName.test(component));
  // systemd puts a '_' before names that the kernel could take for files of its own (cg_escape).
  return name?.startsWith('_') ? name.slice(1) : name;
}
