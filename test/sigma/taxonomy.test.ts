import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Logsource } from '../../src/model/sigma-event.ts';
import { feedsOf, isKnownIn, kindsOf, knownFields } from '../../src/sigma/taxonomy.ts';

const linux = (rest: Logsource): Logsource => ({ product: 'linux', ...rest });

describe('kinds of events by logsource', () => {
  const cases: readonly (readonly [Logsource, readonly string[]])[] = [
    [linux({ category: 'process_creation' }), ['process_creation']],
    [{ category: 'process_creation' }, ['process_creation']],
    [linux({ service: 'auditd' }), ['auditd']],
    [{ service: 'auditd' }, ['auditd']],
    [linux({ category: 'file_event' }), ['file_event']],
    [linux({ category: 'network_connection' }), ['network_connection']],
    [linux({ service: 'sshd' }), ['log']],
    // Whoever follows a log names it.
    [{ service: 'nginx' }, ['log']],
    [linux({}), ['process_creation', 'file_event', 'network_connection', 'auditd', 'log']],
    [{ product: 'sigmond', service: 'agent' }, ['agent']],
    [{ product: 'windows', category: 'process_creation' }, []],
    [{ category: 'webserver' }, []],
    [linux({ category: 'process_creation', service: 'auditd' }), []],
    [linux({ category: 'process_creation', service: 'sshd' }), []],
  ];
  for (const [logsource, expected] of cases) {
    it(JSON.stringify(logsource), () => {
      assert.deepEqual(
        kindsOf(logsource).map(({ name }) => name),
        expected,
      );
    });
  }
});

describe('what feeds a field', () => {
  const cases: readonly (readonly [string, Logsource, readonly string[]])[] = [
    ['Image', linux({ category: 'process_creation' }), ['audit', 'proc']],
    ['image', linux({ category: 'process_creation' }), []],
    ['EffectiveUser', linux({ category: 'process_creation' }), ['audit']],
    ['Hashes', linux({ category: 'process_creation' }), ['audit', 'proc']],
    ['Company', linux({ category: 'process_creation' }), []],
    ['Image', linux({ category: 'file_event' }), ['audit']],
    ['Image', linux({}), ['audit', 'proc']],
    ['Image', { product: 'windows', category: 'process_creation' }, []],
    ['DestinationHostname', linux({ category: 'network_connection' }), []],
    ['a17', linux({ service: 'auditd' }), ['audit']],
    ['SYSCALL', linux({ service: 'auditd' }), ['audit']],
    ['Syscall', linux({ service: 'auditd' }), []],
  ];
  for (const [field, logsource, expected] of cases) {
    it(`${field} of ${JSON.stringify(logsource)}`, () => assert.deepEqual(feedsOf(field, logsource), expected));
  }

  it('includes every field that docs/rules.md lists for process_creation', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8');
    const section = docs.slice(docs.indexOf('### process_creation'), docs.indexOf('### service: auditd'));
    const listed = [...section.matchAll(/^\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|/gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    const [kind] = kindsOf(linux({ category: 'process_creation' }));
    assert.deepEqual(listed.toSorted(), [...(kind?.fields.keys() ?? [])].toSorted());
  });
});

describe('names', () => {
  it('are known where Sigma has them and sigmond does not', () => {
    const [kind] = kindsOf(linux({ category: 'process_creation' }));
    assert.ok(kind && isKnownIn(kind, 'OriginalFileName') && !isKnownIn(kind, 'CommandLin'));
    assert.ok(knownFields(kind).includes('IntegrityLevel') && knownFields(kind).includes('Tty'));
  });

  const vectors = join(import.meta.dirname, '../../../shared/vectors/audit');
  it('of audit include all that real records have', { skip: existsSync(vectors) ? false : 'no ../shared' }, () => {
    const [kind] = kindsOf(linux({ service: 'auditd' }));
    const names = new Set<string>();
    for (const file of readdirSync(vectors).filter((name) => name.endsWith('.log'))) {
      for (const [, name = ''] of readFileSync(join(vectors, file), 'latin1').matchAll(/[^\w-]([A-Za-z][\w-]*)=/g)) {
        names.add(name);
      }
    }
    assert.ok(names.size > 40);
    assert.deepEqual(
      [...names].filter((name) => kind && !isKnownIn(kind, name)),
      [],
    );
  });
});
