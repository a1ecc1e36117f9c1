import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Alert } from '../../src/model/alert.ts';
import { type Auditd, noAudit, startAuditd } from '../support/auditd.ts';
import { type Sigmond, startSigmond } from '../support/sigmond.ts';

const loginUid = 64_377;
const containerId = createHash('sha256').update(String(process.pid)).digest('hex');
const unit = `sigmond-test-${process.pid}.service`;

/** Where systemd's hierarchy is, whoever made it; version 1 beside version 2, or version 2 alone. */
const hierarchy = existsSync('/sys/fs/cgroup/systemd') ? '/sys/fs/cgroup/systemd' : '/sys/fs/cgroup';

const rule = (id: number, title: string, selection: string): string => `---
title: ${title}
id: 7f0f5a5e-0000-4000-8000-0000000000${id}
logsource: {product: linux, category: process_creation}
detection: {sel: {${selection}}, condition: sel}
`;

describe(`what /proc knows of an exec that a real auditd tells${noAudit ? ` (${noAudit})` : ''}`, {
  skip: noAudit !== false,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigmond-processes-'));
  const cgroups = [join(hierarchy, unit), join(hierarchy, 'sigmond-test', containerId)];
  let auditd: Auditd;
  let sigmond: Sigmond;

  /** A program of which no other file has the hash. */
  function program(name: string, original: string): { readonly path: string; readonly sha256: string } {
    const path = join(folder, name);
    copyFileSync(original, path);
    appendFileSync(path, `${process.pid} ${name}`);
    return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex').toUpperCase() };
  }
  const brief = program('brief', '/bin/true');
  const lasting = program('lasting', '/bin/sleep');

  async function start(stateDir: string): Promise<Sigmond> {
    return startSigmond(
      () => `
state_dir: ${stateDir}
rules: {paths: [${folder}/rules.yml]}
sources: {audit_log: {path: ${auditd.logPath}}}
`,
    );
  }

  const alertOf = (title: string, commandLine: string): Promise<Alert> =>
    sigmond.waitForAlert(
      ({ rule: { title: ruleTitle }, event }) =>
        ruleTitle === title && String(event.fields['CommandLine']).includes(commandLine),
    );

  before(async () => {
    for (const cgroup of cgroups) mkdirSync(cgroup, { recursive: true });
    writeFileSync(
      join(folder, 'rules.yml'),
      [
        rule(21, 'brief', `Hashes|contains: 'SHA256=${brief.sha256}'`),
        rule(22, 'lasting', `Hashes|contains: 'SHA256=${lasting.sha256}'`),
        rule(23, 'contained', `ContainerId: ${containerId}`),
        rule(24, 'of the unit', `SystemdUnit: ${unit}`),
        rule(25, 'marked', `CommandLine|contains: 'sigmond-marked'`),
      ].join(''),
    );
    auditd = await startAuditd(loginUid);
    sigmond = await start(join(folder, 'state'));
  });

  after(async () => {
    await sigmond?.stop();
    await auditd?.stop();
    rmSync(folder, { recursive: true });
    for (const cgroup of [...cgroups, join(hierarchy, 'sigmond-test')]) rmdirSync(cgroup);
  });

  it('the hash of a program that has ended, at its first sight', async () => {
    assert.equal(spawnSync(brief.path, ['sigmond-brief']).status, 0);
    const { event } = await alertOf('brief', 'sigmond-brief');
    assert.equal(event.fields['Hashes'], `SHA256=${brief.sha256}`);
  });

  it('the hash of a program that was deleted while it runs', async () => {
    const child = spawn(lasting.path, ['30']);
    await once(child, 'spawn');
    rmSync(lasting.path);
    try {
      await alertOf('lasting', ' 30');
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  for (const [what, title, place] of [
    ['the unit', 'of the unit', 0],
    ['the container', 'contained', 1],
  ] as const) {
    it(`${what} that a process was moved to before it executed, and of its children`, async () => {
      const script = `echo $$ > ${cgroups[place]}/cgroup.procs; exec sh -c 'sleep 0.3; /bin/true sigmond-child-${place}'`;
      assert.equal(spawnSync('sh', ['-c', script]).status, 0);
      await alertOf(title, 'sleep 0.3; ');
      await alertOf(title, `sigmond-child-${place}`);
    });
  }

  it('an exec by a thread is an exec of its process', async () => {
    const code = `import os, threading, time
threading.Thread(target=lambda: os.execv('/bin/echo', ['echo', 'sigmond-marked-thread'])).start()
time.sleep(5)`;
    const { pid } = spawnSync('python3', ['-c', code]);
    const { event } = await alertOf('marked', 'echo sigmond-marked-thread');
    assert.equal(event.fields['ProcessId'], String(pid));
    assert.match(String(event.fields['PreviousImage']), /python/);
    assert.match(String(event.fields['ParentImage']), /node/);
  });

  it('an orphan has its true parent after the agent was started again', async () => {
    const fifo = join(folder, 'fifo');
    assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
    const orphan = `read line < ${fifo}; exec /bin/echo sigmond-marked-later`;
    // Who starts it ends a moment later, and the orphan is init's, or a subreaper's, by then.
    const script = `sh -c '${orphan}' sigmond-orphan & sleep 0.3; :`;
    assert.equal(spawnSync('sh', ['-c', script, 'sigmond-marked-parent'], { stdio: 'ignore' }).status, 0);
    await alertOf('marked', 'sigmond-marked-parent');
    const stateDir = join(folder, 'state');
    await sigmond.stop();
    assert.ok(existsSync(join(stateDir, 'processes.jsonl')));
    sigmond = await start(stateDir);
    writeFileSync(fifo, '\n');
    const alert = await alertOf('marked', 'echo sigmond-marked-later');
    assert.match(String(alert.ancestry[0]?.commandLine), /sigmond-marked-parent$/);
    assert.match(String(alert.event.fields['PreviousImage']), /sh$/);
  });
});
