import { closeSync, type FSWatcher, fstatSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import Tail from 'tail-file';
import { isSameInode, type OpenLog, openSuccessor, type Successor, statIfThere } from './log-files.ts';

export interface TailEvents {
  /** Takes bytes in order; the buffer is used again after the call. */
  readonly onChunk: (chunk: Buffer) => void;
  /** Whether the file still begins as it did; one that was cut may by now be longer than it was. */
  readonly isUnchanged: () => boolean;
  /** The file has been read to its end for good, and another one begins. */
  readonly onNextFile: (next: Successor) => void;
  /** The file was cut and perhaps written again (copytruncate); nothing more will come. */
  readonly onTruncated: () => void;
  /** Nothing more will come. */
  readonly onError: (error: Error) => void;
}

const readBytes = 262_144;

/**
 * tail-file for logs that are rotated. The package watches for news, reads and keeps its place; what is replaced, as its manual
 * invites to, is
 *
 * - its start and stop, which take several turns of the event loop and forget files and watchers when they cross;
 * - `decode`, to hand out bytes as they come, where the package cuts text and waits a turn for each line;
 * - what happens at the end of the file: the package looks whether the name has a new file after it reached the end of
 *   the old one, so it loses what was written in between, and a whole file when two rotations come close together.
 */
export class LogTail extends Tail {
  readonly #events: TailEvents;
  readonly #watcher: FSWatcher | undefined;
  #file: OpenLog;
  /** What comes once the current file has been read to its end, which was not the last one when we found this. */
  #next: Successor | undefined;

  /** Reads `file`, which it closes at its end, from `offset` on, and then what is written to `path` after it. */
  constructor(path: string, file: OpenLog, offset: number, events: TailEvents) {
    super(path, { _bufsize: readBytes });
    this.#events = events;
    this.#file = file;
    this.#watcher = this.#watchFolder();
    this.#enter(file, offset);
  }

  /** Looks for news although the watch told of none. */
  poll(): void {
    if (this.started !== null) this.checkDir('poll', null);
  }

  /** Ends at once; a read that is under way is not handed out any more. */
  close(): void {
    this.#watcher?.close();
    if (this.#next) closeSync(this.#next.file.fd);
    this.#next = undefined;
    this._stop();
  }

  protected override decode(chunk: Buffer | null): void {
    if (this.started === null) return;
    if (chunk === null) this.#reporting(() => this.#atEnd());
    else if (this.#reporting(() => this.#isUncut())) {
      this.#events.onChunk(chunk);
      setImmediate(() => this.readStuff());
    }
  }

  protected override onLine(error: Error): void {
    if (this.started !== null) this.#events.onError(error);
  }

  #reporting<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      this.#events.onError(error as Error);
      return undefined;
    }
  }

  #atEnd(): void {
    if (this.#next) {
      this.#goOnWith(this.#next);
      return;
    }
    if (!this.#isUncut()) return;
    const named = statIfThere(this.filename);
    // Whoever writes the next file is done with this one, so once that has been seen the next end is the last.
    if (!named || !isSameInode(named, this.#file)) this.#next = openSuccessor(this.filename, this.#file);
    if (this.#next || this.readable) this.readStuff();
  }

  #isUncut(): boolean {
    if (fstatSync(this.#file.fd).size >= this.pos && this.#events.isUnchanged()) return true;
    this.reading = true;
    this.#events.onTruncated();
    return false;
  }

  #goOnWith(next: Successor): void {
    this.#next = undefined;
    closeSync(this.#file.fd);
    this.#events.onNextFile(next);
    this.#enter(next.file, 0);
  }

  #enter(file: OpenLog, offset: number): void {
    this.#file = file;
    this.fd = file.fd;
    this.pos = offset;
    this.started = file.name;
    this.readStuff();
  }

  /** A watch of the folder; where inotify has none left, or takes it back, polling has to do. */
  #watchFolder(): FSWatcher | undefined {
    try {
      const watcher = watch(dirname(this.filename), (type, name) => this.checkDir(type, name));
      // It has closed itself then.
      return watcher.on('error', () => undefined);
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
  }
}
