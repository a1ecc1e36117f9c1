import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { heapAfterCollection } from '../support/heap.ts';
import { createMadeHost, execEvent } from './support.ts';

test('a parent that never executed is found in /proc when its child does', () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = host.start(init, 60, 'bash', '-i');
  host.audit(shell);
  const subshell = host.fork(shell, 61);
  const event = host.audit(host.start(subshell, 62, 'id'));
  assert.equal(event.fields['ParentImage'], '/bin/bash');
  assert.equal(event.fields['ParentCommandLine'], 'bash -i');
  assert.deepEqual(
    host.enricher.ancestry(event).map(({ pid }) => pid),
    [61, 60, 1],
  );
});

test('the parent is the process that had the pid at the time of the event', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const old = host.start(init, 60, 'old');
  await host.scan();
  const fromOld = { pid: 61, ppid: 60, exe: '/bin/id', argv: ['id'], atMs: host.clock.nowMs() };
  host.exit(old);
  host.clock.advance(5000);
  await host.scan();
  const other = host.start(init, 60, 'other');
  host.audit(other);
  const late = host.enricher.enrich(execEvent(fromOld));
  const now = host.audit(host.start(other, 62, 'ls'));
  assert.equal(late.fields['ParentImage'], '/bin/old');
  assert.equal(now.fields['ParentImage'], '/bin/other');
});

test('a pid that was used again a moment after it was asked for gives the right parent', () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const first = host.start(init, 60, 'sh');
  host.audit(first);
  assert.equal(host.audit(host.start(first, 61, 'id')).fields['ParentImage'], '/bin/sh');
  host.exit(first);
  const second = host.start(init, 60, 'cron');
  assert.equal(host.audit(host.start(second, 62, 'run-parts')).fields['ParentImage'], '/bin/cron');
});

test('an orphan keeps its true parent in the ancestry, also when it executes again', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const web = host.start(init, 50, 'nginx');
  await host.scan();
  const shell = host.start(web, 60, 'sh');
  host.audit(shell);
  host.exit(web);
  await host.scan();
  const again = host.audit(host.run(shell, 'nc'));
  assert.equal(again.ppid, 1);
  assert.deepEqual(
    host.enricher.ancestry(again).map(({ image }) => image),
    ['/bin/nginx', '/bin/init'],
  );
});

test('a pid that init uses again is not taken for the orphan that had it', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const web = host.start(init, 50, 'nginx');
  const shell = host.start(web, 60, 'sh');
  host.audit(shell);
  await host.scan();
  host.exit(web);
  host.exit(shell);
  const service = host.start(init, 60, 'cron');
  assert.deepEqual(
    host.enricher.ancestry(host.audit(service)).map(({ image }) => image),
    ['/bin/init'],
  );
});

test('without /proc an exec under another parent is another process', () => {
  const host = createMadeHost({ scans: false });
  host.enricher.enrich(execEvent({ pid: 60, ppid: 50, exe: '/bin/a', argv: ['a'], atMs: 1000 }));
  const event = host.enricher.enrich(execEvent({ pid: 60, ppid: 1, exe: '/bin/b', argv: ['b'], atMs: 2000 }));
  assert.deepEqual(host.enricher.ancestry(event), []);
});

test('an exec without a fork shows its parent, not its own past', () => {
  const host = createMadeHost({ scans: false });
  host.enricher.enrich(execEvent({ pid: 50, ppid: 1, exe: '/bin/sh', argv: ['sh'], atMs: 1000 }));
  host.enricher.enrich(execEvent({ pid: 60, ppid: 50, exe: '/bin/env', argv: ['env', 'id'], atMs: 2000 }));
  const event = host.enricher.enrich(execEvent({ pid: 60, ppid: 50, exe: '/bin/id', argv: ['id'], atMs: 2001 }));
  assert.equal(event.fields['ParentImage'], '/bin/sh');
  assert.equal(event.fields['PreviousImage'], '/bin/env');
});

test('the image before is one that the process executed itself, and one exec is one image', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = host.start(init, 60, 'bash');
  await host.scan();
  const previous = (event: SigmaEvent) => event.fields['PreviousImage'];
  // A subshell that a scan, or its child, has made known runs its parent's image, and then its own first.
  const subshell = host.fork(shell, 61);
  await host.scan();
  assert.equal(previous(host.audit(host.run(subshell, 'env'))), undefined);
  assert.equal(previous(host.audit(host.run(subshell, 'id'))), '/bin/env');
  const other = host.fork(shell, 62);
  host.audit(host.start(other, 63, 'ls'));
  assert.equal(previous(host.audit(host.run(other, 'env'))), undefined);
  // A scan was faster than the report of the same exec, which after a crash comes twice.
  const fast = host.start(shell, 64, 'vi');
  await host.scan();
  const reported = execEvent({ pid: 64, ppid: 60, exe: '/bin/vi', argv: ['vi'], atMs: host.clock.nowMs() });
  for (let n = 0; n < 2; n++) assert.equal(previous(host.enricher.enrich(reported)), undefined);
  assert.equal(previous(host.audit(host.run(fast, 'sh'))), '/bin/vi');
});

test('an exec that only a scan sees has the image before it', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = host.start(init, 60, 'bash');
  await host.scan();
  host.run(shell, 'nc');
  await host.scan();
  assert.deepEqual(
    host.events.map(({ fields }) => [fields['Image'], fields['PreviousImage'], fields['ParentImage']]),
    [['/bin/nc', '/bin/bash', '/bin/init']],
  );
});

test('a parent that is gone before the event comes is known from its own', () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = host.start(init, 60, 'sh');
  const child = host.start(shell, 61, 'id');
  const events = [shell, child].map((process) =>
    execEvent({ ...process, exe: process.exe ?? '', argv: process.argv ?? [], atMs: host.clock.nowMs() }),
  );
  for (const process of [child, shell]) host.exit(process);
  const [, last] = events.map((event) => host.enricher.enrich(event));
  assert.equal(last?.fields['ParentImage'], '/bin/sh');
});

test('an orphan that a subreaper takes in keeps its true parent', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const reaper = host.start(init, 40, 'systemd', '--user');
  const terminal = host.start(reaper, 50, 'terminal');
  await host.scan();
  const shell = host.start(terminal, 60, 'sh');
  host.audit(shell);
  host.exit(terminal);
  shell.ppid = reaper.pid;
  const again = host.audit(host.run(shell, 'nc'));
  assert.equal(again.fields['PreviousImage'], '/bin/sh');
  assert.deepEqual(
    host.enricher.ancestry(again).map(({ image }) => image),
    ['/bin/terminal', '/bin/systemd', '/bin/init'],
  );
});

test('a child that was made a sibling (CLONE_PARENT) has the parent that the kernel gives it', async () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shim = host.start(init, 50, 'shim');
  const runtime = host.start(shim, 60, 'runtime');
  for (const process of [shim, runtime]) host.audit(process);
  const child = host.fork(runtime, 61);
  child.ppid = shim.pid;
  assert.equal(host.audit(host.run(child, 'nginx')).fields['ParentImage'], '/bin/shim');
  await host.scan();
  assert.deepEqual(host.events, []);
});

test('a parent is asked for once for the events that had happened by then, and again for later ones', () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = host.start(init, 60, 'sh');
  host.audit(shell);
  const execs = [61, 62, 63].map((pid) => host.start(shell, pid, 'id'));
  const [at, ...later] = execs.map((process, place) =>
    execEvent({ ...process, exe: '/bin/id', argv: ['id'], atMs: host.clock.nowMs() - 10 * (3 - place) }),
  );
  assert.ok(at);
  host.statReads.length = 0;
  for (const event of [at, ...later]) host.enricher.enrich(event);
  assert.deepEqual(host.statReads, [60]);
  // The pid is used again: what comes later must not have the old one's name.
  host.exit(shell);
  const second = host.start(init, 60, 'cron');
  assert.equal(host.audit(host.start(second, 64, 'run-parts')).fields['ParentImage'], '/bin/cron');
});

test('the ancestry is bounded, and a chain of processes that each start the next is forgotten', () => {
  const host = createMadeHost({ scans: false });
  for (let pid = 2; pid < 200; pid++) {
    const event = host.enricher.enrich(
      execEvent({ pid, ppid: pid - 1, exe: `/bin/${pid}`, argv: ['x'], atMs: 1000 + pid }),
    );
    assert.ok(host.enricher.ancestry(event).length <= 16);
  }
  let length = 0;
  for (let process = host.table.find(199, 2000); process; process = process.parent) length++;
  assert.ok(length <= 17, `${length} processes are held`);
});

test('memory stays flat over a million short programs', { timeout: 60_000 }, () => {
  const host = createMadeHost({ scans: false, maxProcesses: 4096 });
  let number = 0;
  const runMany = (count: number): number => {
    for (let n = 0; n < count; n++, number++) {
      const pid = 2 + (number % 30_000);
      host.enricher.enrich(
        execEvent({ pid, ppid: pid - 1, exe: '/bin/x', argv: ['x', `${number}`.repeat(20)], atMs: 1000 + number * 10 }),
      );
    }
    return heapAfterCollection();
  };
  const before = runMany(200_000);
  const after = runMany(800_000);
  assert.ok(host.table.size <= 4096);
  assert.ok(after - before < 4_000_000, `${Math.round((after - before) / 1e6)} MB more`);
});

test('what a process did otherwise is described and enters nothing', () => {
  const host = createMadeHost();
  const init = host.start(undefined, 1, 'init');
  const shell = host.start(init, 60, 'bash', '-i');
  host.audit(shell);
  const copier = host.start(shell, 61, 'cp', 'a', '/etc/cron.d/');
  const { fields: exec } = host.audit(copier);
  const { size } = host.table;
  const written = (pid: number, ppid: number) =>
    host.enricher.describe({
      id: '1:1',
      timestampMs: host.clock.nowMs(),
      logsource: { product: 'linux', category: 'file_event' },
      fields: { TargetFilename: '/etc/cron.d/a' },
      pid,
      ppid,
    });
  const { fields } = written(61, 60);
  assert.deepEqual(fields, {
    TargetFilename: '/etc/cron.d/a',
    Image: '/bin/cp',
    CommandLine: 'cp a /etc/cron.d/',
    ProcessGuid: exec['ProcessGuid'],
    ParentProcessGuid: exec['ParentProcessGuid'],
    ParentImage: '/bin/bash',
    ParentCommandLine: 'bash -i',
    ParentUser: 'root',
  });
  // A subshell writes by a redirection, and never executes.
  const subshell = host.fork(shell, 62);
  const guid = String(written(subshell.pid, subshell.ppid).fields['ProcessGuid']);
  assert.match(guid, /^\{.*-00000000003E\}$/);
  assert.equal(written(subshell.pid, subshell.ppid).fields['ParentImage'], '/bin/bash');
  assert.equal(written(4711, 4710).fields['ProcessGuid'], undefined);
  assert.equal(host.table.size, size);
});
