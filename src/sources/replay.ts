import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { SourceError } from '../model/errors.ts';
import { createLineSplitter } from './lines.ts';

const chunkBytes = 65_536;

/**
 * Reads audit.log text to its end.
 *
 * @param name a file, or `-` for `stdin`
 * @param onChunkEnd awaited after each piece of the input; false ends the reading
 * @returns how many lines were too long to be read
 * @throws SourceError naming the file and the reason
 */
export async function readLog(
  name: string,
  stdin: NodeJS.ReadableStream,
  onLine: (line: string) => void,
  onChunkEnd: () => Promise<boolean>,
): Promise<{ readonly tornLines: number }> {
  let tornLines = 0;
  const splitter = createLineSplitter(onLine, () => {
    tornLines++;
  });
  const stream = name === '-' ? stdin : createReadStream(name, { highWaterMark: chunkBytes });
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await explain(name, chunks.next());
    if (next.done) break;
    splitter.push(toBuffer(next.value));
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
