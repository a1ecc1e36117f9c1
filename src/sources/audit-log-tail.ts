import { EventEmitter } from 'node:events';
import { closeSync, type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import Tail from 'tail-file';
import { openSuccessor, statIfThere } from './log-files.ts';

export interface TailEvents {
  /** Bytes in order; the buffer is used again after the call. */
  readonly onChunk: (chunk: Buffer) => void;
  /** The open file has been read to its end for good and will be closed when the promise resolves. */
  readonly onLeave: (fd: number) => Promise<void>;
  /** Another file begins; `gap` when files between it and the last one may be gone unread. */
  readonly onNextFile: (name: string, gap: boolean) => void;
  /** The file was cut to nothing and goes on from its start (copytruncate). */
  readonly onTruncated: () => void;
}

const readBytes = 262_144;

/**
 * tail-file for auditd's log. The package watches the folder, opens, reads and starts over; some of its methods are
 * replaced, as its manual invites to:
 *
 * - `decode` hands out bytes as they come, where the package cuts text and waits a turn of the event loop for each line;
 * - `setCharPos` starts at a byte, where the package counts characters from the start of the file;
 * - `onEndOfFileForTail` follows rotation without loss: the package looks whether the name has a new file after it
 *   reached the end of the old one, so it loses what was written in between, and a whole file when two rotations
 *   come close together;
 * - `startTail` survives a watch that cannot be had.
 */
export class AuditLogTail extends Tail {
  readonly #events: TailEvents;
  /** The file has been read to its end after it was seen to be renamed. */
  #drained = false;

  constructor(path: string, events: TailEvents) {
    super(path, { _bufsize: readBytes, secondary: `${path}.1` });
    this.#events = events;
  }

  /** Looks for news although the watch told of none. */
  poll(): void {
    if (typeof this.fd === 'number') this.checkDir('poll', null);
  }

  protected override decode(chunk: Buffer | null): void {
    if (chunk === null) {
      this.onEndOfFileForTail();
      return;
    }
    this.#drained = false;
    this.#events.onChunk(chunk);
    setImmediate(() => this.readStuff());
  }

  protected override setCharPos(position: number | 'start'): void {
    this.setBytePos(position);
  }

  protected override startTail(filename: string): void {
    this.watcher ??= this.#watchFolder();
    super.startTail(filename);
  }

  protected override onEndOfFileForTail(): void {
    if (!this.started) return;
    this.reading = true;
    this.#goOn().catch((error: unknown) => this.emit('error', error));
  }

  async #goOn(): Promise<void> {
    const current = await statIfThere(this.filename);
    if (!this.started) return;
    if (current?.ino === this.ino) {
      this.#drained = false;
      if (typeof this.pos === 'number' && current.size < this.pos) {
        this.pos = 0;
        this.#events.onTruncated();
        this.#read();
      } else this.#rest();
    } else if (this.#drained) await this.#nextFile();
    else {
      // auditd closes its file before it renames it, so what can still be read now is all there will be.
      this.#drained = true;
      this.#read();
    }
  }

  async #nextFile(): Promise<void> {
    const next = await openSuccessor(this.filename, this.ino ?? Number.NaN);
    if (!this.started || typeof this.fd !== 'number') {
      if (next) closeSync(next.fd);
      return;
    }
    if (!next) {
      this.#rest();
      return;
    }
    await this.#events.onLeave(this.fd);
    closeSync(this.fd);
    this.fd = next.fd;
    this.ino = next.ino;
    this.pos = 0;
    this.started = next.name;
    this.#drained = false;
    this.#events.onNextFile(next.name, next.gap);
    this.#read();
  }

  #read(): void {
    this.reading = false;
    this.readStuff();
  }

  #rest(): void {
    this.reading = false;
    if (this.readable) this.readStuff();
  }

  /** A watch of the folder; where inotify has none left, one that never tells anything, so that polling has to do. */
  #watchFolder(): FSWatcher | EventEmitter {
    try {
      const watcher = watch(dirname(this.filename), (type, name) => this.checkDir(type, name));
      // It has closed itself then, and the package would wait for that in vain.
      watcher.on('error', () => {
        this.watcher = undefined;
      });
      return watcher;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      const silent = new EventEmitter();
      return Object.assign(silent, { close: () => silent.emit('close') });
    }
  }
}
