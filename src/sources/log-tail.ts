import { closeSync, fstatSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import Tail from 'tail-file';
import { isSameInode, type OpenLog, openSuccessor, type Successor, statIfThere } from './log-files.ts';
import { createLogNews, type LogNews } from './log-news.ts';

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

/** Looks in a row that find nothing before the end of the file is looked into: a rotation shows as silence. */
const silentLooks = 2;

/**
 * tail-file for logs that are rotated. The package reads and keeps its place; what is replaced, as its manual invites to,
 * is
 *
 * - its start and stop, which take several turns of the event loop and forget files and watchers when they cross;
 * - its watch, which wakes for every write;
 * - `readStuff` while the log is followed live, when what is new is in memory: a read by a thread of the pool costs more
 *   than what it reads;
 * - `decode`, to hand out bytes as they come, where the package cuts text and waits a turn for each line;
 * - what happens at the end of the file: the package looks whether the name has a new file after it reached the end of
 *   the old one, so it loses what was written in between, and a whole file when two rotations come close together.
 */
export class LogTail extends Tail {
  readonly #events: TailEvents;
  readonly #news: LogNews;
  #file: OpenLog;
  /** What comes once the current file has been read to its end, which was not the last one when we found this. */
  #next: Successor | undefined;
  /** There is more to read than one piece, and perhaps not in memory. */
  #isBehind = false;
  #silentLooks = 0;

  /** Reads `file`, which it closes at its end, from `offset` on, and then what is written to `path` after it. */
  constructor(path: string, file: OpenLog, offset: number, events: TailEvents) {
    super(path, { _bufsize: readBytes, buf: Buffer.allocUnsafe(readBytes) });
    this.#events = events;
    this.#file = file;
    this.#enter(file, offset);
    this.#news = createLogNews(dirname(path), () => this.#look());
  }

  /** Looks for news although the watch told of none. */
  poll(): void {
    this.#news.poll();
  }

  /** Ends at once; a read that is under way is not handed out any more. */
  close(): void {
    this.#news.close();
    if (this.#next) closeSync(this.#next.file.fd);
    this.#next = undefined;
    this._stop();
  }

  override readStuff(): void {
    if (this.#isBehind) super.readStuff();
    else if (this.started !== null && !this.reading) this.#readNow();
  }

  protected override decode(chunk: Buffer | null): void {
    if (this.started === null) return;
    if (chunk === null) {
      this.#isBehind = false;
      this.#reporting(() => this.#atEnd());
    } else if (this.#reporting(() => this.#isUncut())) {
      this.#silentLooks = 0;
      this.#isBehind = chunk.length === readBytes;
      this.#events.onChunk(chunk);
      if (this.#isBehind || this.#next) setImmediate(() => this.readStuff());
    }
  }

  protected override onLine(error: Error): void {
    if (this.started !== null) this.#events.onError(error);
  }

  /** @returns whether there was something, or what was there before is still being read */
  #look(): boolean {
    const { pos } = this;
    const file = this.#file;
    this.readStuff();
    return this.reading || this.pos !== pos || this.#file !== file;
  }

  #readNow(): void {
    const bytes = this.#reporting(() => readSync(this.#file.fd, this.buf, 0, readBytes, this.pos));
    if (bytes !== undefined) this.append(null, bytes, this.buf);
  }

  #reporting<T>(act: () => T): T | undefined {
    try {
      return act();
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
    this.#silentLooks += 1;
    if (this.#silentLooks < silentLooks || !this.#isUncut()) return;
    const named = statIfThere(this.filename);
    // Whoever writes the next file is done with this one, so once that has been seen the next end is the last.
    if (!named || !isSameInode(named, this.#file)) this.#next = openSuccessor(this.filename, this.#file);
    if (this.#next) this.readStuff();
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
    this.#silentLooks = 0;
    this.#isBehind = file.size - offset > readBytes;
    this.fd = file.fd;
    this.pos = offset;
    this.started = file.name;
    setImmediate(() => this.readStuff());
  }
}
