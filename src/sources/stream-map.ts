import type { FileIdentity } from './log-files.ts';
import { fingerprintBytes, identify } from './log-files.ts';

/** A file's part of the stream. */
interface Segment {
  readonly streamStart: number;
  /** Offset in the file of the segment's first byte. */
  readonly fileStart: number;
  identity: FileIdentity | undefined;
}

/** Which byte of which file a position in the stream of all files is. */
export interface StreamMap {
  /** From `streamStart` on, the stream is a file's content from `fileStart` on. */
  begin(streamStart: number, fileStart: number): void;
  /** Learns what the current file is, as long as its beginning may still grow. */
  identifyCurrent(fd: unknown): Promise<void>;
  locate(position: number): { readonly file: FileIdentity; readonly offset: number } | undefined;
  /** Forgets what lies before `position`. */
  forgetBefore(position: number): void;
}

export function createStreamMap(): StreamMap {
  let segments: Segment[] = [];
  return {
    begin(streamStart, fileStart) {
      segments.push({ streamStart, fileStart, identity: undefined });
    },
    async identifyCurrent(fd) {
      const segment = segments.at(-1);
      if (!segment || typeof fd !== 'number') return;
      if (segment.identity?.fingerprint.bytes === fingerprintBytes) return;
      segment.identity = await identify(fd);
    },
    locate(position) {
      const segment = segments.findLast(({ streamStart }) => streamStart <= position);
      if (!segment?.identity) return undefined;
      return { file: segment.identity, offset: segment.fileStart + position - segment.streamStart };
    },
    forgetBefore(position) {
      const first = segments.findLastIndex(({ streamStart }) => streamStart <= position);
      segments = segments.slice(Math.max(first, 0));
    },
  };
}
