import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

// Runs in a pid namespace of its own, where the next pid can be chosen (ns_last_pid) without touching the host.
const script = `
  import { spawn, spawnSync } from 'node:child_process';
  import { once } from 'node:events';
  import { writeFileSync } from 'node:fs';
  import { systemClock } from '${new URL('../../src/host/clock.ts', import.meta.url).href}';
  import { createRunWatch } from '${new URL('../../src/host/run-watch.ts', import.meta.url).href}';
  import { createProcfs } from '${new URL('../../src/host/procfs.ts', import.meta.url).href}';
  import { createCgroups } from '${new URL('../../src/process/cgroups.ts', import.meta.url).href}';
  import { createEnricher } from '${new URL('../../src/process/enrich.ts', import.meta.url).href}';
  import { createProcessGuid } from '${new URL('../../src/process/guid.ts', import.meta.url).href}';
  import { createLiveLookup } from '${new URL('../../src/process/live-lookup.ts', import.meta.url).href}';
  import { createObserver } from '${new URL('../../src/process/observe.ts', import.meta.url).href}';
  import { createProcessTable } from '${new URL('../../src/process/table.ts', import.meta.url).href}';
  import { createProcScan } from '${new URL('../../src/sources/proc-scan.ts', import.meta.url).href}';

  const users = { name: () => 'root' };
  const procfs = createProcfs('/proc', systemClock.nowMs);
  const live = createLiveLookup(procfs, users, systemClock);
  const own = { live, cgroups: createCgroups(live, systemClock.monotonicMs), hashOf: () => undefined };
  const table = createProcessTable(1000, createProcessGuid('host'));
  const enricher = createEnricher(table, own);
  const events = [];
  const observer = createObserver(table, (event) => events.push(event), { ...own, users, bootId: procfs.bootId, auditReports: () => false });
  const watch = createRunWatch('/proc');
  const scanner = createProcScan(procfs, { watch, intervalMs: 100, clock: systemClock, looksAtAll: () => true });
  const scan = () => scanner.scan({ onProcess: observer.see, onScanEnd: observer.endScan });
  async function start(name) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', '4999');
    const child = spawn('sleep', ['60'], { argv0: name });
    await once(child, 'spawn');
    return child;
  }
  async function end(child) {
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The start of a process is known to 10 ms, and nobody can go through all pids in that time.
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  function execOf(ppid) {
    const fields = { Image: '/bin/id', CommandLine: 'id', EventSource: 'audit' };
    const logsource = { product: 'linux', category: 'process_creation' };
    return enricher.enrich({ id: String(ppid), timestampMs: Date.now(), logsource, fields, pid: 6000, ppid }).fields['ParentCommandLine'];
  }

  const parents = [];
  await scan();
  for (const name of ['one', 'two', 'three']) {
    const child = await start(name);
    if (name !== 'two') await scan();
    parents.push([child.pid, execOf(child.pid)]);
    await end(child);
  }
  const told = events.filter(({ pid }) => pid === 5000).map(({ fields }) => fields['CommandLine']);
  console.log(JSON.stringify({ parents, told }));
`;

function runInPidNamespace(): { readonly stdout: string; readonly stderr: string } {
  const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script];
  return spawnSync(unshare, ['--pid', '--fork', '--mount-proc', '--kill-child', ...node], {
    encoding: 'utf8',
    timeout: 30_000,
  });
}

const unshare = '/usr/bin/unshare';
const canUnshare = spawnSync(unshare, ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

test('a pid that really is used again never gives a wrong parent', {
  skip: !canUnshare && 'needs root, for a pid namespace',
}, () => {
  const { stdout, stderr } = runInPidNamespace();
  assert.ok(stdout, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    parents: [
      [5000, 'one 60'],
      [5000, 'two 60'],
      [5000, 'three 60'],
    ],
    told: ['one 60', 'three 60'],
  });
});
