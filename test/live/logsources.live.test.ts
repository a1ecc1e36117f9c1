import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { noAudit, startAuditd } from '../support/auditd.ts';
import { type Sigmond, startSigmond } from '../support/sigmond.ts';

const loginUid = 64_372;

const rules = `title: a file in a cron folder
id: 7f0f5a5e-0000-4000-8000-000000000011
logsource: {product: linux, category: file_event}
detection: {sel: {TargetFilename|contains: /cron.d/}, condition: sel}
---
title: a connection of python
id: 7f0f5a5e-0000-4000-8000-000000000012
logsource: {product: linux, category: network_connection}
detection: {sel: {Image|contains: /python, Initiated: 'true'}, condition: sel}
---
title: a failed password
id: 7f0f5a5e-0000-4000-8000-000000000013
logsource: {product: linux, service: sshd}
detection: {keywords: [Failed password], condition: keywords}
`;

describe(`files, connections and text logs with a real auditd${noAudit ? ` (${noAudit})` : ''}`, {
  skip: noAudit !== false,
}, () => {
  test('each gives its alert', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sigmond-logsources-'));
    const log = join(folder, 'auth.log');
    writeFileSync(join(folder, 'rules.yml'), rules);
    writeFileSync(log, '');
    mkdirSync(join(folder, 'cron.d'));
    const listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const auditd = await startAuditd(loginUid, ['sigmond-files.rules', 'sigmond-network.rules']);
    let sigmond: Sigmond | undefined;
    try {
      sigmond = await startSigmond(
        (own) => `
state_dir: ${own}/state
rules: {paths: [${folder}/rules.yml]}
sources:
  audit_log: {path: ${auditd.logPath}}
  logs: [{path: ${log}, service: [auth, sshd]}]
`,
      );
      const { alerts } = sigmond;
      assert.ok(sigmond.log().includes(`${log}: each line, for auth, sshd`));
      // cp opens the folder and makes the file in it by a descriptor, twice: the second time the file is there.
      for (const _ of [1, 2]) assert.equal(spawnSync('cp', ['rules.yml', 'cron.d/'], { cwd: folder }).status, 0);
      const connect = `import socket; socket.create_connection(('127.0.0.1', ${port}))`;
      assert.equal(spawnSync('python3', ['-c', connect]).status, 0);
      appendFileSync(log, 'Nov 24 03:11:33 web-1 sshd[77]: Failed password for eve from 192.0.2.1\n');
      renameSync(log, `${log}.1`);
      appendFileSync(log, 'Nov 24 03:11:34 web-1 sshd[78]: Failed password for eve from 192.0.2.1\n');

      const alertsOf = (title: string) => alerts().filter(({ rule }) => rule.title === title);
      await sigmond.waitForAlert(({ event }) => event.fields['ProcessId'] === '78');
      const file = await sigmond.waitForAlert(({ rule }) => rule.title === 'a file in a cron folder');
      const connection = await sigmond.waitForAlert(({ rule }) => rule.title === 'a connection of python');

      assert.equal(file.event.fields['TargetFilename'], join(folder, 'cron.d/rules.yml'));
      assert.match(String(file.event.fields['Image']), /\/cp$/);
      assert.equal(file.event.fields['CommandLine'], 'cp rules.yml cron.d/');
      assert.match(String(file.event.fields['ParentImage']), /node/);
      assert.match(String(file.event.fields['ProcessGuid']), /^\{[0-9A-F-]+\}$/);
      await sigmond.waitForAlert(
        ({ event }) => event.fields['CreationUtcTime'] === undefined && 'TargetFilename' in event.fields,
      );
      assert.deepEqual(
        alertsOf('a file in a cron folder').map(({ event }) => event.fields['TargetFilename']),
        [join(folder, 'cron.d/rules.yml'), join(folder, 'cron.d/rules.yml')],
      );
      assert.equal(connection.event.fields['DestinationIp'], '127.0.0.1');
      assert.equal(connection.event.fields['DestinationPort'], String(port));
      assert.equal(connection.event.fields['User'], 'root');
      assert.deepEqual(
        alertsOf('a failed password').map(({ event }) => event.fields['ProcessId']),
        ['77', '78'],
      );
      assert.equal(await sigmond.stop(), 0);
    } finally {
      sigmond?.process.kill('SIGKILL');
      listener.close();
      await auditd.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
