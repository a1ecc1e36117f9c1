import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseRecord } from '../../src/records/parse.ts';
import { syscallsOfMachine } from '../../src/records/syscalls.ts';
import { auditRecordTypes } from '../../src/sigma/audit-records.ts';

const vectors = join(import.meta.dirname, '../../../shared/vectors/audit');

describe('audit record types', () => {
  it('include those of real logs, with all their fields', {
    skip: existsSync(vectors) ? false : 'no ../shared',
  }, () => {
    const small = readFileSync(join(vectors, 'disk-enriched-auditd-3.0.9.log'), 'latin1');
    const large = gunzipSync(readFileSync(join(vectors, 'bulk-8704-exec.log.gz'))).toString('latin1');
    const missing = new Set<string>();
    let records = 0;
    for (const line of [...small.split('\n'), ...large.split('\n').slice(0, 5000)]) {
      const record = parseRecord(line);
      if ('torn' in record) continue;
      records++;
      const type = auditRecordTypes.get(record.type);
      if (!type) missing.add(record.type);
      // An EXECVE record becomes an event of its arguments, whatever their number.
      if (!type?.fields || record.type === 'EXECVE') continue;
      for (const name of Object.keys(record.fields)) {
        if (name !== 'node' && !type.fields.has(name)) missing.add(`${record.type} ${name}`);
      }
    }
    assert.ok(records > 5000);
    assert.deepEqual([...missing], []);
  });

  it('have their calls by names that system calls have', () => {
    const known = new Set(
      ['x64', 'arm64', 's390x', 'ppc64'].flatMap((machine) => [...(syscallsOfMachine(machine) ?? [])]),
    );
    const named = [...auditRecordTypes.keys()].flatMap(callsOf);
    assert.ok(named.includes('execveat') && named.includes('openat2'));
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });
});

function callsOf(type: string): readonly string[] {
  const from = auditRecordTypes.get(type)?.from;
  return typeof from === 'object' && from.calls !== 'any' ? from.calls : [];
}
