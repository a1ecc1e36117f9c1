import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRecord } from '../../src/records/parse.ts';
import { type Field, type RecordParts, renderRecord } from '../support/render-record.ts';

const latin1 = fc.string({ unit: fc.nat({ max: 255 }).map((byte) => String.fromCharCode(byte)) });
const bytes = fc.oneof(
  latin1,
  fc.constantFrom('', '(null)', '?', 'ABBA', '3005', 'a b', '"', "it's", 'a=b', '\x1d', '{ }'),
);
const plainValue = fc.stringMatching(/^[0-9a-z][0-9a-z:._/()-]{0,20}$/);
const textFields = ['comm', 'exe', 'cwd', 'name', 'proctitle', 'key', 'acct', 'cmd', 'path'];
const plainFields = ['arch', 'syscall', 'a0', 'a1', 'items', 'pid', 'uid', 'tty', 'mode', 'dev', 'new-field', 'saddr'];

const textField = fc.record({ name: fc.constantFrom(...textFields), value: bytes, text: fc.constant(true) });
const plainField = fc.record({ name: fc.constantFrom(...plainFields), value: plainValue, text: fc.constant(false) });
const enrichedField: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ name: fc.constantFrom('UID', 'AUID', 'EGID'), value: bytes, text: fc.constant(true) }),
  fc.record({ name: fc.constantFrom('ARCH', 'SYSCALL'), value: plainValue, text: fc.constant(false) }),
);
const argument = fc.record({ name: fc.nat(99).map((n) => `a${n}`), value: bytes, text: fc.constant(true) });

function uniqueFields(field: fc.Arbitrary<Field>): fc.Arbitrary<Field[]> {
  return fc.uniqueArray(field, { selector: ({ name }) => name, maxLength: 12 });
}

const idText = fc
  .tuple(fc.nat(4_000_000_000), fc.nat(999), fc.nat(4_294_967_295))
  .map(([seconds, ms, serial]) => `${seconds}.${String(ms).padStart(3, '0')}:${serial}`);

const anyRecord: fc.Arbitrary<RecordParts> = fc
  .record({
    node: fc.option(fc.stringMatching(/^[a-z][a-z0-9.-]{0,30}$/), { nil: undefined }),
    exec: fc.boolean(),
    id: idText,
    fields: uniqueFields(fc.oneof(textField, plainField)),
    args: uniqueFields(argument),
    enriched: uniqueFields(enrichedField),
  })
  .map(({ node, exec, id, fields, args, enriched }) => ({
    ...(node !== undefined && { node }),
    type: exec ? 'EXECVE' : 'PATH',
    id,
    fields: exec ? args : fields,
    enriched,
  }));

test('a record that was written is read as it was', () => {
  fc.assert(
    fc.property(anyRecord, (parts) => {
      const record = parseRecord(renderRecord(parts));
      assert.ok(!('torn' in record));
      const { node, type, id, fields, enriched = [] } = parts;
      assert.equal(record.type, type);
      assert.equal(record.key, node === undefined ? id : `${node} ${id}`);
      const written = [...fields, ...enriched].map(({ name, value }) => [name, value]);
      assert.deepEqual({ ...record.fields }, Object.fromEntries(written));
      assert.equal(record.cut, false);
    }),
    { numRuns: 2000 },
  );
});

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(9),
    insert: fc.oneof(
      fc.constantFrom('', '"', "'", '=', ' ', '\x1d', '{ ', '}', '(null)', "msg='", ')', '\0', 'a0='),
      latin1,
    ),
  }),
  { maxLength: 6 },
);

function apply(line: string, changes: readonly Edit[]): string {
  return changes.reduce((text, { at, remove, insert }) => {
    const place = Math.floor(at * text.length);
    return text.slice(0, place) + insert + text.slice(place + remove);
  }, line);
}

const mutated = fc.tuple(anyRecord, edits).map(([parts, changes]) => apply(renderRecord(parts), changes));

/** Everything that can be asked of a line, as one value. */
function readAll(line: string): unknown {
  const record = parseRecord(line);
  if ('torn' in record) return record;
  const { type, key, id, fields, cut } = record;
  for (const [name, value] of Object.entries(fields)) assert.equal(record.get(name), value);
  assert.equal(typeof record.get('exe'), record.get('exe') === undefined ? 'undefined' : 'string');
  return { type, key, id, fields: Object.entries(fields), cut };
}

test('any bytes are a record or torn, never an exception', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        latin1,
        latin1.map((text) => `type=SYSCALL msg=audit(1.001:1): ${text}`),
        mutated,
      ),
      (line) => {
        readAll(line);
      },
    ),
    { numRuns: 5000 },
  );
});

test('what a line says does not depend on the lines before it', () => {
  fc.assert(
    fc.property(mutated, fc.array(mutated, { maxLength: 12 }), (line, others) => {
      const alone = readAll(line);
      for (const other of others) readAll(other);
      assert.deepEqual(readAll(line), alone);
    }),
    { numRuns: 1000 },
  );
});
