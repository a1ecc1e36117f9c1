import type { FileIdentity, OpenLog } from './log-files.ts';
import { fingerprintBytes, fingerprintOf, readHead, tellingBytes, wasCopied } from './log-files.ts';

/** A file's part of the stream. */
interface Segment {
  readonly streamStart: number;
  /** Offset in the file of the segment's first byte. */
  readonly fileStart: number;
  readonly file: OpenLog;
  /** The file's first bytes, as far as they have been read. */
  head: Buffer;
  /** What stands for it in ids, once its first line has been read. */
  mark: string | undefined;
}

/** Where a line stands, in a copy of its file too. */
export interface LineOrigin {
  /** 16 hex digits for how the file begins. */
  readonly file: string;
  readonly offset: number;
}

/** Which byte of which file a position in the stream of all files is. */
export interface StreamMap {
  /** From `streamStart` on, the stream is the content of `file` from `fileStart` on. */
  begin(streamStart: number, fileStart: number, file: OpenLog): void;
  /** Takes the next bytes of the current file; only its first ones are kept. */
  take(chunk: Buffer): void;
  /** Whether the current file, a part of the log at `path`, still has the content whose beginning was read. */
  isUnchanged(path: string): boolean;
  locate(position: number): { readonly file: FileIdentity; readonly offset: number } | undefined;
  /** The same for ids: the file by its first line, which is the same however much was written behind it. */
  originOf(position: number): LineOrigin;
  /** Forgets what lies before `position`. */
  forgetBefore(position: number): void;
}

export function createStreamMap(): StreamMap {
  let segments: Segment[] = [];
  return {
    begin(streamStart, fileStart, file) {
      const head = readHead(file.fd, Math.min(fileStart, fingerprintBytes));
      segments.push({ streamStart, fileStart, file, head, mark: undefined });
    },
    take(chunk) {
      const segment = segments.at(-1);
      if (!segment || segment.head.length === fingerprintBytes) return;
      segment.head = Buffer.concat([segment.head, chunk]).subarray(0, fingerprintBytes);
    },
    isUnchanged(path) {
      const { file, head } = segments.at(-1) ?? {};
      if (!file || !head) return true;
      const isTold = head.length >= tellingBytes || !wasCopied(path, file);
      return isTold && readHead(file.fd, head.length).equals(head);
    },
    locate(position) {
      const segment = segments.findLast(({ streamStart }) => streamStart <= position);
      if (!segment) return undefined;
      const { dev, ino, modifiedMs } = segment.file;
      return {
        file: { dev, ino, fingerprint: fingerprintOf(segment.head), modifiedMs },
        offset: segment.fileStart + position - segment.streamStart,
      };
    },
    originOf(position) {
      const segment = segments.findLast(({ streamStart }) => streamStart <= position);
      if (!segment) return { file: markOf(Buffer.alloc(0)), offset: position };
      segment.mark ??= segment.head.includes(newline) ? markOf(segment.head) : undefined;
      return {
        file: segment.mark ?? markOf(segment.head),
        offset: segment.fileStart + position - segment.streamStart,
      };
    },
    forgetBefore(position) {
      const first = segments.findLastIndex(({ streamStart }) => streamStart <= position);
      segments = segments.slice(Math.max(first, 0));
    },
  };
}

const newline = 0x0a;

/** @param head the first bytes of a file; those of a first line that is longer stand for it too */
export function markOf(head: Buffer): string {
  const end = head.indexOf(newline);
  const firstLine = head.subarray(0, end < 0 ? fingerprintBytes : Math.min(end, fingerprintBytes));
  return fingerprintOf(firstLine).sha256.slice(0, 16);
}
