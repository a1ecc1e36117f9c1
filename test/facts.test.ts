import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/**
 * The measured facts about the audit system, F1 to F42, and the tests that have a row or a case named after each:
 * what it is about, then the files below test/.
 */
const facts: readonly (readonly [about: string, ...files: readonly string[]])[] = [
  ['the frame of a line, node=', 'records/parse.test.ts', 'events/peers.test.ts'],
  ['unknown types', 'records/parse.test.ts', 'events/peers.test.ts'],
  ['the key of an event', 'records/parse.test.ts', 'events/assemble.test.ts', 'events/peers.test.ts'],
  ['blanks behind the id', 'records/parse.test.ts'],
  ['newlines, EOE with a blank', 'records/parse.test.ts'],
  ['sizes', 'sources/lines.test.ts'],
  ['garbage', 'records/parse.test.ts'],
  ["the kernel's own log", 'records/parse.test.ts', 'events/peers.test.ts'],
  ['quoted or hex', 'records/parse.test.ts', 'events/argv.test.ts', 'events/peers.test.ts'],
  ['which fields are encoded', 'records/parse.test.ts'],
  ['special values', 'records/parse.test.ts', 'events/argv.test.ts'],
  ['several keys', 'records/parse.test.ts'],
  ['enriched fields', 'records/parse.test.ts'],
  ['nested messages and quirks', 'records/parse.test.ts'],
  ['writers that do not encode', 'records/parse.test.ts', 'events/argv.test.ts'],
  ['bytes', 'records/parse.test.ts', 'events/normalise.test.ts'],
  ['which records an exec has', 'events/assemble.test.ts', 'events/script.test.ts', 'events/peers.test.ts'],
  ['end markers', 'events/assemble.test.ts', 'events/peers.test.ts'],
  ['arguments in pieces', 'events/argv.test.ts', 'events/peers.test.ts'],
  ['empty arguments', 'events/argv.test.ts', 'events/peers.test.ts'],
  ['argc 0', 'events/argv.test.ts', 'events/peers.test.ts'],
  ['failed execs', 'events/normalise.test.ts', 'events/peers.test.ts'],
  ['scripts', 'events/script.test.ts', 'events/normalise.test.ts', 'events/vectors.test.ts'],
  ['comm', 'records/parse.test.ts'],
  ['deleted and memfd images', 'events/normalise.test.ts', 'events/vectors.test.ts'],
  ['a stale PROCTITLE', 'events/normalise.test.ts', 'events/peers.test.ts'],
  ['fields of SYSCALL, chroot', 'events/normalise.test.ts', 'events/vectors.test.ts'],
  ['architectures', 'records/syscalls.test.ts', 'events/normalise.test.ts'],
  ['fork is no exec', 'events/peers.test.ts'],
  ['records that interleave', 'events/assemble.test.ts', 'events/vectors.test.ts', 'ledger/serials.test.ts'],
  ['time that goes back', 'events/assemble.test.ts', 'events/peers.test.ts', 'ledger/serials.test.ts'],
  ['serials that wrap', 'events/assemble.test.ts', 'events/peers.test.ts', 'ledger/serials.test.ts'],
  ['gaps of serials', 'ledger/serials.test.ts'],
  ['what the kernel has lost', 'vigil/kernel-watch.test.ts'],
  ['records of tampering', 'records/parse.test.ts'],
  ['rotation', 'events/assemble.test.ts', 'sources/audit-log-cut.test.ts'],
  ['lines in pieces', 'records/parse.test.ts', 'sources/audit-log-cut.test.ts'],
  ['containers', 'process/cgroup.test.ts'],
  ['io_uring', 'records/parse.test.ts', 'events/network-connection.test.ts'],
  ['forged arguments', 'events/normalise.test.ts', 'events/vectors.test.ts'],
  ['execveat that only asks', 'events/normalise.test.ts'],
  ['names of users', 'events/normalise.test.ts'],
];

test('there are 42 facts', () => assert.equal(facts.length, 42));

for (const [n, [about, ...files]] of facts.entries()) {
  const fact = `F${n + 1}`;
  test(`${fact}, ${about}, has a case in each of its files`, () => {
    assert.ok(files.length > 0);
    // At the beginning of a name, perhaps with other facts.
    const named = new RegExp(`['"\`](?:F\\d+ )*${fact}[ :]`);
    for (const file of files) assert.match(readFileSync(new URL(file, import.meta.url), 'latin1'), named, file);
  });
}
