/** The part of tail-file 1.4.16 that audit-log-tail.ts builds on; the package has no types of its own. */
declare module 'tail-file' {
  import { EventEmitter } from 'node:events';

  class Tail extends EventEmitter {
    constructor(filename: string, options?: Record<string, unknown>);
    /** The file that is followed, by its ordinary name. */
    readonly filename: string;
    /** The name that is read now, null while none is. */
    started: string | null;
    /** 'init' while the file is being opened. */
    fd: number | 'init' | undefined;
    ino: number | null;
    /** Byte offset of the next read. */
    pos: number | 'init';
    startPos: number | 'start' | 'end';
    reading: boolean;
    /** The folder changed while a read was under way. */
    readable: boolean;
    watcher: unknown;
    start(filename?: string): void;
    stop(): Promise<unknown>;
    /** Reads the next piece; it comes back through `decode`. */
    readStuff(): void;
    checkDir(type: string, name: string | null): void;
    /** A piece of the file, or null at its end. */
    protected decode(chunk: Buffer | null): void;
    protected onEndOfFileForTail(): unknown;
    protected setCharPos(position: number | 'start'): void;
    /** Opens and reads `filename` from where `setCharPos` or `setBytePos` put it. */
    protected startTail(filename: string): void;
    protected setBytePos(position: number | 'start'): void;
  }

  export = Tail;
}
