import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { SourceError } from '../model/errors.ts';
import { createLineSplitter } from './lines.ts';
import { fingerprintBytes } from './log-files.ts';
import { type LineOrigin, markOf } from './stream-map.ts';

const chunkBytes = 262_144;

/** A line of a text log, where it stands, and when it was there to be read. */
interface ReplayedLine {
  readonly text: string;
  readonly origin: LineOrigin;
  readonly readMs: number;
}

/**
 * Reads a text log to its end as readLog does, and gives each line the origin that it has when it is followed.
 *
 * @param nowMs for lines of standard input and pipes; those of a file were there when it was last changed
 */
export async function readTextLog(
  name: string,
  stdin: NodeJS.ReadableStream,
  nowMs: number,
  onLine: (line: ReplayedLine) => void,
  onChunkEnd: () => Promise<boolean>,
): Promise<{ readonly tornLines: number }> {
  const stats = name === '-' ? undefined : await explain(name, stat(name));
  const readMs = stats?.isFile() ? stats.mtimeMs : nowMs;
  let mark: string | undefined;
  const take = (text: string, offset: number, head: Buffer): void => {
    mark ??= markOf(head);
    onLine({ text, origin: { file: mark, offset }, readMs });
  };
  return readLog(name, stdin, take, onChunkEnd);
}

/**
 * Reads log text to its end.
 *
 * @param name a file, or `-` for `stdin`
 * @param onLine gets a line, its offset, and how the input begins
 * @param onChunkEnd awaited after each piece of the input; false ends the reading
 * @returns how many lines were too long to be read
 * @throws SourceError naming the file and the reason
 */
export async function readLog(
  name: string,
  stdin: NodeJS.ReadableStream,
  onLine: (line: string, offset: number, head: Buffer) => void,
  onChunkEnd: () => Promise<boolean>,
): Promise<{ readonly tornLines: number }> {
  let tornLines = 0;
  let head = Buffer.alloc(0);
  const splitter = createLineSplitter(
    (line, offset) => onLine(line, offset, head),
    () => {
      tornLines++;
    },
  );
  const stream = name === '-' ? stdin : createReadStream(name, { highWaterMark: chunkBytes });
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await explain(name, chunks.next());
    if (next.done) break;
    const chunk = toBuffer(next.value);
    if (head.length < fingerprintBytes) head = Buffer.concat([head, chunk]).subarray(0, fingerprintBytes);
    splitter.push(chunk);
    if (!(await onChunkEnd())) {
      await chunks.return?.();
      return { tornLines };
    }
  }
  // A last line without a newline is all that will come of it.
  if (splitter.pendingBytes > 0) splitter.push(Buffer.from('\n'));
  return { tornLines };
}

/** A stream gives texts where someone has set an encoding. */
function toBuffer(chunk: unknown): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : (chunk as Buffer);
}

/**
 * Sorts files by the time of their first record; names do not tell, for they are the user's. Where one is a pipe, which
 * cannot be looked into without reading it, the order stays as it is.
 *
 * @throws SourceError naming the file and the reason
 */
export async function oldestFirst(files: readonly string[]): Promise<readonly string[]> {
  const dated: { readonly file: string; readonly timeMs: number }[] = [];
  for (const file of files) {
    if (file === '-' || !(await explain(file, stat(file))).isFile()) return files;
    dated.push({ file, timeMs: await explain(file, firstTimeMs(file)) });
  }
  return dated.sort((one, other) => one.timeMs - other.timeMs).map(({ file }) => file);
}

const headBytes = 65_536;

/** The largest number where no record begins, so that such a file is read last. */
async function firstTimeMs(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const [, seconds, ms] = /msg=audit\((\d{1,12})\.(\d{3}):/.exec(buffer.toString('latin1', 0, bytesRead)) ?? [];
    return seconds === undefined ? Number.MAX_SAFE_INTEGER : Number(seconds) * 1000 + Number(ms);
  } finally {
    await file.close();
  }
}

async function explain<T>(name: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw new SourceError(`${name === '-' ? 'standard input' : name} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
