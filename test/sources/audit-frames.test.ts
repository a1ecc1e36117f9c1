import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createAuditFrames } from '../../src/sources/audit-frames.ts';
import { cut } from '../support/cut.ts';

const records = [
  ['SYSCALL', 1300, 'arch=c000003e syscall=59 success=yes exit=0 key="exec"\x1dARCH=x86_64 UID="root"'],
  ['EXECVE', 1309, 'argc=2 a0="ls" a1=C3A4'],
  ['PROCTITLE', 1327, 'proctitle=6C73'],
  ['EOE', 1320, ''],
  ['UNKNOWN[1599]', 1599, 'x=1'],
  ['SERVICE_START', 1130, `pid=1 uid=0 msg='unit=cron comm="systemd" res=success'`],
  ['PATH', 1302, `item=0 name=${'41'.repeat(4000)}`],
] as const;
const bodyOf = (index: number, body: string) => `audit(1795489893.399:${index}): ${body}`;
const lines = records.map(([type, , body], index) => `type=${type} msg=${bodyOf(index, body)}`);
const trimmed = lines.map((line) => line.trimEnd());

interface Frame {
  readonly version?: number;
  readonly big?: boolean;
  readonly padded?: boolean;
}

/** What auditd sends for `format=binary`. */
function frame(text: string, type: number, { version = 1, big = false, padded = false }: Frame = {}): Buffer {
  const body = Buffer.from(text, 'latin1');
  const header = Buffer.alloc(16);
  [version, 16, type, body.length].forEach((word, index) => {
    if (big) header.writeUInt32BE(word, index * 4);
    else header.writeUInt32LE(word, index * 4);
  });
  // What stands behind the text in auditd's buffer is what was there before.
  const rest = padded ? Buffer.alloc(8970 - body.length, 'type=OLD msg=audit(1.000:1): x\0') : Buffer.alloc(0);
  return Buffer.concat([header, body, rest]);
}

const binary = (options: Frame) =>
  Buffer.concat(
    records.map(([, type, body], index) =>
      frame(options.version === 0 ? bodyOf(index, body) : (lines[index] ?? ''), type, options),
    ),
  );

const streams: readonly (readonly [string, Buffer])[] = [
  ['lines', Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1')],
  ['lines of which the last has no end', Buffer.from(lines.join('\n'), 'latin1')],
  ['lines with carriage returns', Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1')],
  ['records without newlines', Buffer.from(lines.join(''), 'latin1')],
  ['headers, protocol 0', binary({ version: 0 })],
  ['headers, protocol 1', binary({ version: 1 })],
  ['headers of a big-endian host', binary({ version: 1, big: true })],
  ['headers and whole buffers, protocol 0', binary({ version: 0, padded: true })],
  ['headers and whole buffers, protocol 1', binary({ version: 1, padded: true })],
  ['headers and whole buffers of a big-endian host', binary({ version: 0, padded: true, big: true })],
];

function read(pieces: readonly Buffer[]): { readonly read: readonly string[]; readonly torn: number } {
  const found: string[] = [];
  let torn = 0;
  const frames = createAuditFrames(
    (line) => found.push(line.trimEnd()),
    () => torn++,
  );
  for (const piece of pieces) {
    // As a socket does, with one buffer that is used again.
    const buffer = Buffer.from(piece);
    frames.push(buffer);
    buffer.fill('#');
  }
  frames.end();
  return { read: found, torn };
}

describe('what a plugin of auditd gets', () => {
  for (const [what, stream] of streams) {
    test(`${what}: every record, wherever the stream is cut`, () => {
      assert.deepEqual(read([stream]), { read: trimmed, torn: 0 });
      fc.assert(
        fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (places) => {
          assert.deepEqual(read(cut(stream, places)), { read: trimmed, torn: 0 });
        }),
        { numRuns: 60 },
      );
    });
    test(`${what}: byte by byte`, () => {
      const short = stream.subarray(0, 700);
      const whole = read([short]).read;
      assert.deepEqual(read(Array.from(short, (byte) => Buffer.of(byte))).read, whole);
      assert.ok(whole.length >= 1);
    });
  }
});

test('a record is given out as soon as it is whole, not when the next one comes', () => {
  for (const stream of [
    Buffer.from(`${lines[0]}\n`, 'latin1'),
    frame(lines[0] ?? '', 1300),
    frame(lines[0] ?? '', 1300, { padded: true }),
  ]) {
    const found: string[] = [];
    createAuditFrames((line) => found.push(line), assert.fail).push(stream);
    assert.deepEqual(found, [lines[0]]);
  }
});

test('a record that begins before the connection does is not the end of it', () => {
  const text = Buffer.from(`0" nametype=NORMAL\n${lines[1]}\n`, 'latin1');
  assert.deepEqual(read([text]).read, ['0" nametype=NORMAL', trimmed[1]]);
  const binaryTail = Buffer.concat([Buffer.from('\0\0\0\0\0 nametype=NORMAL'), frame(lines[1] ?? '', 1309)]);
  assert.deepEqual(read([binaryTail]), { read: [trimmed[1]], torn: 1 });
});

test('a frame that was cut short costs itself and no other', () => {
  const cutFrame = frame(lines[0] ?? '', 1300).subarray(0, 60);
  const stream = Buffer.concat([
    frame(lines[1] ?? '', 1309),
    cutFrame,
    ...Array.from({ length: 5 }, () => frame(lines[2] ?? '', 1327)),
  ]);
  const result = read([stream]);
  assert.equal(result.read[0], trimmed[1]);
  assert.ok(result.read.filter((line) => line === trimmed[2]).length >= 3, result.read.join('\n'));
});

test('a text that never ends takes no more memory than a line may, and is counted', () => {
  const { torn, read: found } = read([
    Buffer.from('type='),
    ...Array.from({ length: 20 }, () => Buffer.alloc(10_000, 'x')),
    Buffer.from(`\n${lines[1]}\n`, 'latin1'),
  ]);
  assert.ok(torn >= 1);
  assert.equal(found.at(-1), trimmed[1]);
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), fc.boolean(), (pieces, isFramed) => {
      const start = isFramed ? [frame('type=X msg=audit(1.000:1): y', 1300)] : [];
      read([...start, ...pieces.map((piece) => Buffer.from(piece))]);
    }),
  );
});

test('a newline in the text of the kernel is a blank, as in the log', () => {
  assert.deepEqual(read([frame('audit(1.000:1): a\nb\n', 1300, { version: 0 })]).read, [
    'type=SYSCALL msg=audit(1.000:1): a b',
  ]);
});
