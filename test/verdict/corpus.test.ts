import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RuleVerdict, Verdict } from '../../src/model/verdict.ts';
import { attackLayer } from '../../src/pages/attack-layer.ts';
import { loadRules } from '../../src/sigma/load.ts';
import type { Telemetry } from '../../src/verdict/telemetry.ts';
import { judge } from '../../src/verdict/verdict.ts';
import { bareHost, hostWith } from '../support/telemetry.ts';

const corpus = join(import.meta.dirname, '../../../shared/corpus/sigmahq');
const options = { skip: existsSync(corpus) ? false : 'no ../shared' };
const audit = join(import.meta.dirname, '../../config/audit');
const shipped = (name: string): string => readFileSync(join(audit, `${name}.rules`), 'utf8');

/** What the public rules look for beyond our own audit rules: calls, keys of a well-known set, reads of settings. */
const further = `
-a always,exit -F arch=b64 -S memfd_create,personality,sysinfo,syslog,socket,mknod -F key=calls
-a always,exit -F arch=b64 -S connect -F a2=16 -F success=1 -F key=network_connect_4
-w /usr/bin/wget -p x -k susp_activity
-a always,exit -F arch=b64 -S open,openat -F success=1 -F key=reads
`;

const log = (path: string, ...services: readonly string[]) =>
  ({ path, services, product: 'linux', state: 'readable' }) as const;

const readyHost = hostWith(
  [shipped('sigmond'), shipped('sigmond-files'), shipped('sigmond-network'), further].join('\n'),
  {
    recordsKeystrokes: true,
    logs: [
      log('/var/log/auth.log', 'auth', 'sshd', 'sudo'),
      log('/var/log/syslog', 'syslog', 'cron', 'clamav', 'guacamole'),
      log('/var/log/vsftpd.log', 'vsftpd'),
    ],
  },
);

describe('the 248 public Linux rules', options, () => {
  it('can fire on a host that is set up for them, but for those that want names of hosts', async () => {
    const verdicts = await verdictsOn(readyHost);
    assert.equal(verdicts.length, 248);
    assert.deepEqual(
      verdicts.filter(({ verdict }) => verdict !== 'can-fire').map(({ meta, reasons }) => [meta.id, reasons[0]?.field]),
      [
        ['19bf6fdb-7721-4f3d-867f-53467f6a5db6', 'DestinationHostname'],
        ['a46c93b7-55ed-4d27-a41b-c259456c4746', 'DestinationHostname'],
        ['c4568f5d-131f-4e78-83d4-45b2da0ec4f1', 'DestinationHostname'],
      ],
    );
  });

  it('are seen by /proc alone where they are about processes, on a bare host', async () => {
    const verdicts = await verdictsOn(bareHost);
    for (const { meta, verdict } of verdicts) {
      const { category, service } = meta.logsource;
      if (category === 'process_creation') assert.equal(verdict, 'degraded', meta.title);
      else if (category !== undefined) assert.equal(verdict, 'cannot-fire', meta.title);
      else if (service !== undefined && service !== 'auditd') assert.equal(verdict, 'cannot-fire', meta.title);
    }
    // Programs tell of new accounts and stopped services without any audit rule.
    const auditd = verdicts.filter(({ meta }) => meta.logsource.service === 'auditd');
    assert.deepEqual(titles(auditd, 'can-fire'), ['Disable System Firewall']);
    assert.deepEqual(titles(auditd, 'degraded'), ['Creation Of An User Account']);
  });

  it('cannot fire, whatever they are about, where nothing is followed', async () => {
    const verdicts = await verdictsOn({ ...bareHost, auditLog: undefined, scansProc: false });
    assert.deepEqual(titles(verdicts, 'can-fire'), []);
    assert.deepEqual(titles(verdicts, 'degraded'), []);
  });

  it('have reasons wherever they do not all fire', async () => {
    for (const host of [bareHost, readyHost, { ...readyHost, auditRules: undefined }]) {
      for (const { verdict, reasons, meta } of await verdictsOn(host)) {
        assert.ok(verdict === 'can-fire' || reasons.length > 0, meta.title);
        for (const { text } of reasons) assert.match(text, /^[ -~]+$/);
      }
    }
  });

  it('are all in the layer of the Navigator', async () => {
    const { techniques } = attackLayer(await verdictsOn(readyHost));
    assert.ok(techniques.length > 80);
    assert.ok(techniques.every(({ techniqueID }) => /^T\d{4}(\.\d{3})?$/.test(techniqueID)));
  });
});

it('rules for other systems cannot fire here', options, async () => {
  const { collection } = await loadRules([join(corpus, 'scale')]);
  const verdicts = judge(collection, readyHost);
  assert.ok(verdicts.length > 1400);
  assert.ok(verdicts.every(({ verdict, reasons }) => verdict === 'cannot-fire' && reasons[0]?.kind === 'logsource'));
});

let loading: ReturnType<typeof loadRules> | undefined;

async function verdictsOn(host: Telemetry): Promise<readonly RuleVerdict[]> {
  loading ??= loadRules([join(corpus, 'linux')]);
  const { collection } = await loading;
  return judge(collection, host).toSorted((one, other) => (one.meta.id < other.meta.id ? -1 : 1));
}

function titles(verdicts: readonly RuleVerdict[], wanted: Verdict): readonly string[] {
  return verdicts.filter(({ verdict }) => verdict === wanted).map(({ meta }) => meta.title);
}
