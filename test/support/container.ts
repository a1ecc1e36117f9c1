import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');

/** Why no container can be booted here, or undefined. */
export function whyNoContainer(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const tool of ['systemd-nspawn', 'unshare', 'setpriv']) {
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    if (!folders.some((folder) => existsSync(join(folder, tool)))) return `needs ${tool}`;
  }
  return undefined;
}

/**
 * Boots systemd in a throw-away copy-on-write view of this host, without a network, runs `script` in it and returns
 * what it printed, errors included.
 *
 * Only the given units (name to text) and those of the base system are started, none of the host's own services.
 * The script runs as root with $SHARED, a folder that is gone at the end, and $ROOT, the checkout.
 *
 * @throws Error with everything printed so far when it is not done within `timeoutMs`
 */
export async function runInContainer({
  units,
  script,
  timeoutMs,
}: {
  units: Readonly<Record<string, string>>;
  script: string;
  timeoutMs: number;
}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sigmond-container-'));
  const machine = dir.slice(dir.lastIndexOf('/') + 1);
  try {
    await writeShared(dir, { units, script, timeoutMs });
    const console = await boot(dir, machine, timeoutMs);
    const printed = await readFile(join(dir, 'shared/output'), 'utf8');
    if (!existsSync(join(dir, 'shared/done'))) throw new Error(`not done in time:\n${console}\n${printed}`);
    return printed;
  } finally {
    await rm(dir, { recursive: true, force: true });
    // nspawn leaves this one behind where /run is no tmpfs
    await rm(join('/run/systemd/nspawn/propagate', machine), { recursive: true, force: true });
  }
}

async function writeShared(
  dir: string,
  { units, script, timeoutMs }: { units: Readonly<Record<string, string>>; script: string; timeoutMs: number },
): Promise<void> {
  for (const folder of ['root', 'shared', 'units']) await mkdir(join(dir, folder));
  await writeFile(join(dir, 'shared/output'), '');
  await writeFile(join(dir, 'shared/script'), script);
  const files = { ...units, 'script.target': scriptTarget, 'script.service': scriptService(timeoutMs) };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, 'units', name), text);
  // The container's kernel is the host's, and so would be what an auditd in it does.
  await symlink('/dev/null', join(dir, 'units/auditd.service'));
}

const scriptTarget = `[Unit]
Requires=basic.target
Wants=script.service
AllowIsolate=yes
`;

const scriptService = (timeoutMs: number): string => `[Unit]
SuccessAction=exit-force
FailureAction=exit-force
After=basic.target

[Service]
Type=oneshot
TimeoutStartSec=${timeoutMs / 1000}
Environment=SHARED=/mnt/shared ROOT=${root}
StandardOutput=append:/mnt/shared/output
StandardError=append:/mnt/shared/output
ExecStart=/bin/sh -eu /mnt/shared/script
ExecStopPost=/bin/touch /mnt/shared/done
`;

/** Resolves with the container's console once it has gone, whichever way. */
async function boot(dir: string, machine: string, timeoutMs: number): Promise<string> {
  // The bind mount of / lives in a mount namespace of its own and goes with it, also when everything is killed.
  const inNamespace = 'mount --bind / "$1/root"; shift; exec "$@"';
  const nspawn = [
    ...['systemd-nspawn', '--quiet', '--boot', `--machine=${machine}`, `--directory=${dir}/root`, '--volatile=overlay'],
    ...['--register=no', '--keep-unit', '--private-network', '--link-journal=no', '--console=pipe'],
    ...[`--bind=${dir}/shared:/mnt/shared`, `--bind-ro=${dir}/units:/etc/systemd/system`, `--bind-ro=${root}`],
    ...['systemd.unit=script.target', 'systemd.log_level=debug', 'systemd.log_target=journal'],
  ];
  const container = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--mount', 'sh', '-euc', inNamespace, 'sh', dir, ...nspawn],
    // One hierarchy of cgroups inside, whatever the host has.
    { env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let printed = '';
  for (const stream of [container.stdout, container.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const kill = setTimeout(() => container.kill('SIGKILL'), timeoutMs + 10_000);
  await new Promise((resolve, reject) => container.on('close', resolve).on('error', reject));
  clearTimeout(kill);
  return printed;
}
