/** The part of tail-file 1.4.16 that log-tail.ts builds on; the package has no types of its own. */
declare module 'tail-file' {
  import { EventEmitter } from 'node:events';

  class Tail extends EventEmitter {
    constructor(filename: string, options?: Record<string, unknown>);
    /** The file that is followed, by its ordinary name. */
    readonly filename: string;
    /** The name that is read now, null while none is. */
    started: string | null;
    /** Undefined while no file is open. */
    fd: number | undefined;
    /** Byte offset of the next read. */
    pos: number;
    /** A read is under way, or its end is being looked into. */
    reading: boolean;
    /** What was read last. */
    buf: Buffer;
    /** Reads the next piece, on a thread of the pool; it comes back through `append`. */
    readStuff(): void;
    /** Takes what was read, and hands it on through `decode`, an error through `onLine`. */
    append(error: Error | null, bytesRead: number, buffer: Buffer): void;
    /** A piece of the file, or null at its end; the package cuts it into lines. */
    protected decode(chunk: Buffer | null): void;
    protected onLine(error: Error): void;
    /** Closes the file and forgets it, at once. */
    protected _stop(): void;
  }

  export = Tail;
}
