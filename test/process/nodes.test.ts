import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { createEnricher } from '../../src/process/enrich.ts';
import { createProcessGuid } from '../../src/process/guid.ts';
import { createNodeEnrichers } from '../../src/process/nodes.ts';
import { createProcessTable } from '../../src/process/table.ts';

const enricherOf = (host: string) => createEnricher(createProcessTable(100, createProcessGuid(host)), undefined);

function exec(node: string | undefined, pid: number, ppid: number, image: string): SigmaEvent {
  return {
    id: `${node} ${pid}`,
    timestampMs: 1000 + pid,
    logsource: { product: 'linux', category: 'process_creation' },
    fields: { Image: image },
    node,
    pid,
    ppid,
  };
}

test('the same pid on two hosts is two processes', () => {
  const enricher = createNodeEnrichers(
    enricherOf('11111111'),
    () => false,
    (node) => enricherOf(node),
  );
  enricher.enrich(exec('aaaaaaaa', 10, 1, '/usr/sbin/sshd'));
  enricher.enrich(exec('bbbbbbbb', 10, 1, '/usr/sbin/nginx'));
  enricher.enrich(exec(undefined, 10, 1, '/usr/bin/bash'));
  const child = (node: string | undefined) => enricher.enrich(exec(node, 11, 10, '/usr/bin/id')).fields;
  assert.equal(child('aaaaaaaa')['ParentImage'], '/usr/sbin/sshd');
  assert.equal(child('bbbbbbbb')['ParentImage'], '/usr/sbin/nginx');
  assert.equal(child(undefined)['ParentImage'], '/usr/bin/bash');
  assert.notEqual(child('aaaaaaaa')['ParentProcessGuid'], child('bbbbbbbb')['ParentProcessGuid']);
  assert.deepEqual(enricher.ancestry(exec('bbbbbbbb', 11, 10, '')), [{ pid: 10, image: '/usr/sbin/nginx' }]);
});

test("this host's own name is this host", () => {
  const enricher = createNodeEnrichers(
    enricherOf('1'),
    (node) => node === 'here',
    () => enricherOf('2'),
  );
  enricher.enrich(exec(undefined, 10, 1, '/usr/bin/bash'));
  assert.equal(enricher.enrich(exec('here', 11, 10, '/usr/bin/id')).fields['ParentImage'], '/usr/bin/bash');
});

test('hosts are bounded, the least recently used goes first', () => {
  let made = 0;
  const enricher = createNodeEnrichers(
    enricherOf('1'),
    () => false,
    (node) => {
      made++;
      return enricherOf(node);
    },
  );
  for (let n = 0; n < 64; n++) enricher.enrich(exec(`host${n}`, 10, 1, '/usr/bin/bash'));
  enricher.enrich(exec('host0', 10, 1, '/usr/bin/bash'));
  enricher.enrich(exec('host64', 10, 1, '/usr/bin/bash'));
  assert.equal(made, 65);
  enricher.enrich(exec('host0', 11, 10, '/usr/bin/id'));
  assert.equal(made, 65);
  enricher.enrich(exec('host1', 11, 10, '/usr/bin/id'));
  assert.equal(made, 66);
});
