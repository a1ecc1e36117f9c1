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
    /** The folder changed while a read was under way. */
    readable: boolean;
    /** Reads the next piece; it comes back through `decode`, an error through `onLine`. */
    readStuff(): void;
    /** Takes news of the folder: reads, or notes that there is something to read. */
    checkDir(type: string, name: string | null): void;
    /** A piece of the file, or null at its end; the package cuts it into lines. */
    protected decode(chunk: Buffer | null): void;
    protected onLine(error: Error): void;
    /** Closes the file and forgets it, at once. */
    protected _stop(): void;
  }

  export = Tail;
}
