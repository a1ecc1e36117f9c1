import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createRuleSet } from '../../src/rule-set.ts';
import { testRules } from '../../src/rules-test.ts';
import { loadRules } from '../../src/sigma/load.ts';

const folder = join(import.meta.dirname, '../../config/rules');
const { collection, problems } = await loadRules([folder]);
const { rules } = collection;
const ruleSet = createRuleSet(collection);

/** A started program: image, command line, parent's image, parent's command line. */
type Exec = readonly [Image: string, CommandLine: string, ParentImage: string, ParentCommandLine: string];
test('the shipped rules load without a problem, and each has samples of both kinds, which hold', async () => {
  assert.deepEqual(problems, []);
  const { outcomes, untested, problems: found } = await testRules({ paths: [folder], placeholders: new Map() });
  assert.deepEqual([untested, found], [[], []]);
  for (const { sample, subject, matched } of outcomes) {
    const { path, line } = sample.at;
    assert.equal(matched !== undefined, sample.mustMatch, `${path}:${line}: ${sample.name} of ${subject.meta.title}`);
  }
  for (const { meta } of rules) {
    const kinds = outcomes.filter(({ subject }) => subject.meta.id === meta.id).map(({ sample }) => sample.mustMatch);
    for (const kind of [true, false])
      assert.ok(kinds.filter((one) => one === kind).length >= 2, `${kind} ${meta.path}`);
  }
});

test('no two shipped rules share an id, and each says who, when, how bad and what else it may be', async () => {
  const ids = rules.map(({ meta }) => meta.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { meta } of rules) {
    assert.match(meta.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, meta.path);
    assert.equal(meta.author, 'sigmond', meta.path);
    assert.ok(meta.description && meta.references.length > 0 && meta.falsepositives.length > 0, meta.path);
    assert.ok(
      meta.tags.some((tag) => /^attack\.t\d/.test(tag)),
      meta.path,
    );
    assert.match(await readFile(meta.path, 'utf8'), /^date: 2026-11-24$/m);
  }
});

test('what an ordinary host starts all day raises nothing', () => {
  const ordinary: readonly Exec[] = [
    ['/usr/bin/dash', '/bin/sh -c cd / && run-parts --report /etc/cron.hourly', '/usr/sbin/cron', '/usr/sbin/cron -f'],
    ['/usr/bin/bash', '-bash', '/usr/sbin/sshd', 'sshd: admin@pts/0'],
    ['/usr/bin/sudo', 'sudo apt-get update', '/usr/bin/bash', '-bash'],
    ['/usr/bin/python3.11', '/usr/bin/python3 /usr/bin/unattended-upgrade', '/usr/bin/bash', 'bash'],
    ['/usr/bin/perl', '/usr/bin/perl /usr/bin/debconf-communicate', '/usr/bin/dash', 'sh'],
    ['/usr/sbin/nginx', 'nginx: worker process', '/usr/sbin/nginx', 'nginx: master process'],
    ['/usr/bin/systemctl', 'systemctl restart nginx', '/usr/bin/bash', '-bash'],
    ['/usr/bin/ssh', 'ssh -o ProxyCommand=nc -X connect -x proxy:3128 %h %p host', '/usr/bin/bash', '-bash'],
    ['/usr/bin/git', 'git fetch origin', '/usr/bin/node', 'node server.js'],
    ['/usr/bin/runc', 'runc --root /run/runc create x', '/usr/bin/containerd-shim-runc-v2', 'containerd-shim'],
    ['/usr/bin/bash', '/bin/bash /usr/bin/ldd /bin/ls', '/usr/bin/dash', 'sh /usr/sbin/mkinitramfs'],
    ['/usr/sbin/auditctl', '/sbin/auditctl -R /etc/audit/audit.rules', '/usr/bin/dash', 'sh /sbin/augenrules --load'],
  ];
  for (const exec of ordinary) assert.deepEqual(ruleSet.evaluate(execEvent(exec)), [], exec[1]);
});

function execEvent([Image, CommandLine, ParentImage, ParentCommandLine]: Exec): SigmaEvent {
  const logsource = { product: 'linux', category: 'process_creation' };
  const fields = { Image, CommandLine, ParentImage, ParentCommandLine };
  return { id: '1795489893.399:14906', timestampMs: 1_795_489_893_399, logsource, fields };
}
