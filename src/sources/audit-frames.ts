import { recordTypeName } from '../text/record-type-names.ts';
import { createLineSplitter, maxLineBytes } from './lines.ts';

/** From the bytes of auditd's plugin interface to record lines. */
export interface AuditFrames {
  /** Calls `onLine` for each record that ends in this piece; the buffer may be used again after the call. */
  push(chunk: Buffer): void;
  /** The stream is over: a last line without its end is all that will come of it. */
  end(): void;
}

/**
 * Reads what auditd writes to a plugin or to the clients of its af_unix plugin, whatever `format` says there:
 *
 * - string: a record a line, as in the log. Some releases of audisp-af_unix leave the newlines out.
 * - binary: struct audit_dispatcher_header (ver, hlen, type, size, each four bytes of the host's order), then the text
 *   without newline: ver 0 from `audit(` on, ver 1 with `type=… msg=` before it. What follows is the next header, or,
 *   before auditd 4.1, the rest of a buffer of 8,970 bytes.
 *
 * Where the frame is lost, it goes on with the next header or line.
 *
 * @param onTorn counts pieces that are no record and lines that are too long
 * @see audit-userspace audisp/audispd.c write_to_plugin; audisp/plugins/af_unix/audisp-af_unix.c event_to_string
 */
export function createAuditFrames(onLine: (line: string) => void, onTorn: () => void): AuditFrames {
  let reader: AuditFrames | undefined;
  let head = Buffer.alloc(0);

  function choose(bytes: Buffer, isEnd: boolean): AuditFrames | undefined {
    const header = findHeader(bytes, 0);
    if (header === 0 || (header > 0 && !isText(bytes))) return createBinaryFrames(onLine, onTorn);
    if (isText(bytes) || bytes.includes(newline) || bytes.length >= maxLineBytes || isEnd) {
      return createTextFrames(onLine, onTorn);
    }
    return undefined;
  }

  function take(chunk: Buffer, isEnd: boolean): void {
    const bytes = head.length > 0 ? Buffer.concat([head, chunk]) : chunk;
    reader = choose(bytes, isEnd);
    head = reader ? Buffer.alloc(0) : Buffer.from(bytes);
    reader?.push(bytes);
  }

  return {
    push(chunk) {
      if (reader) reader.push(chunk);
      else take(chunk, false);
    },
    end() {
      if (!reader && head.length > 0) take(Buffer.alloc(0), true);
      reader?.end();
    },
  };
}

const newline = 0x0a;

function isText(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 5);
  return start === 'type=' || start === 'node=';
}

function createTextFrames(onLine: (line: string) => void, onTorn: () => void): AuditFrames {
  const splitter = createLineSplitter(onLine, onTorn);
  /** A stream that has shown no newline yet may be one without; text that has them is never cut at a word in it. */
  let unended = '';
  let hasNewlines = false;

  function cutUnended(): void {
    for (let next = nextRecord(unended); next > 0; next = nextRecord(unended)) {
      onLine(unended.slice(0, next));
      unended = unended.slice(next);
    }
    if (unended.length <= maxLineBytes) return;
    onTorn();
    unended = '';
  }

  return {
    push(chunk) {
      if (hasNewlines) return splitter.push(chunk);
      if (chunk.includes(newline)) {
        hasNewlines = true;
        splitter.push(Buffer.from(unended, 'latin1'));
        unended = '';
        return splitter.push(chunk);
      }
      unended += chunk.toString('latin1');
      cutUnended();
    },
    end() {
      if (unended !== '') onLine(unended);
      unended = '';
      if (splitter.pendingBytes > 0) splitter.push(Buffer.from('\n'));
    },
  };
}

/** Where the second record of a text begins, -1 where it has one only; the last of them may still be growing. */
function nextRecord(text: string): number {
  const found = /(?:node=[^ ]{1,255} )?type=[A-Z][A-Z0-9_]*(?:\[\d+\])? msg=audit\(\d+\.\d{3}:\d+\):/g;
  found.lastIndex = 5;
  return found.exec(text)?.index ?? -1;
}

const headerBytes = 16;
/** MAX_AUDIT_MESSAGE_LENGTH: what auditd writes behind a header before release 4.1, however short the text is. */
const bufferBytes = 8970;

interface Header {
  readonly type: number;
  readonly size: number;
}

function createBinaryFrames(onLine: (line: string) => void, onTorn: () => void): AuditFrames {
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of a buffer behind its text that have not come yet. */
  let skip = 0;
  /** What follows the text, for a stream has it one way: undefined until the first frame told. */
  let padded: boolean | undefined;
  /** How much was left of the buffer behind the text of the last frame. */
  let padding = 0;

  function read(bytes: Buffer): Buffer {
    let at = 0;
    for (;;) {
      if (skip > 0) {
        const skipped = Math.min(skip, bytes.length - at);
        skip -= skipped;
        at += skipped;
        if (skip > 0) return bytes.subarray(at);
      }
      if (bytes.length - at < headerBytes) return bytes.subarray(at);
      const header = headerAt(bytes, at);
      if (!header) {
        if (padded === undefined && padding > 0) {
          padded = true;
          skip = padding;
          continue;
        }
        onTorn();
        padded = undefined;
        padding = 0;
        const found = findHeader(bytes, at + 1);
        if (found < 0) return bytes.subarray(bytes.length - headerBytes + 1);
        at = found;
        continue;
      }
      if (padding > 0) padded ??= false;
      const end = at + headerBytes + header.size;
      if (end > bytes.length) return bytes.subarray(at);
      const text = textOf(bytes.toString('latin1', at + headerBytes, end), header.type);
      if (text !== '') onLine(text);
      at = end;
      padding = Math.max(0, bufferBytes - header.size);
      if (padded) skip = padding;
    }
  }

  return {
    push(chunk) {
      // A copy: the rest is read with the next piece, and by then the buffer may hold other bytes.
      rest = Buffer.from(read(rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk));
    },
    end() {
      if (rest.length > 0 && skip === 0 && headerAt(rest, 0)) onTorn();
      rest = Buffer.alloc(0);
    },
  };
}

/** auditd's line of a record. A newline in the kernel's text becomes a blank, as format_raw has it. */
function textOf(payload: string, type: number): string {
  const text = payload.replace(/[\0\r\n ]+$/, '').replaceAll('\n', ' ');
  return text.startsWith('audit(') ? `type=${recordTypeName(type)} msg=${text}` : text;
}

/** In the order of bytes that the first of them shows; undefined where no header can be. */
function headerAt(bytes: Buffer, at: number): Header | undefined {
  if (bytes.length - at < headerBytes) return undefined;
  const isLittle = bytes.readUInt32LE(at + 4) === headerBytes;
  if (!isLittle && bytes.readUInt32BE(at + 4) !== headerBytes) return undefined;
  const word = (index: number): number =>
    isLittle ? bytes.readUInt32LE(at + 4 * index) : bytes.readUInt32BE(at + 4 * index);
  const [version, type, size] = [word(0), word(2), word(3)];
  if (version > 1 || type < 1000 || type > 9999 || size < 1 || size > bufferBytes) return undefined;
  return { type, size };
}

/** Where the next header stands; -1 where there is none. */
function findHeader(bytes: Buffer, from: number): number {
  for (let at = from; at <= bytes.length - headerBytes; at++) {
    if ((bytes[at + 4] === headerBytes || bytes[at + 7] === headerBytes) && headerAt(bytes, at)) return at;
  }
  return -1;
}
