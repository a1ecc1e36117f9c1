import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { SourceError } from '../model/errors.ts';
import { createLineSplitter } from './lines.ts';

const chunkBytes = 1_048_576;

/**
 * Reads audit.log text to its end.
 *
 * @param name a file, or `-` for `stdin`
 * @param afterChunk awaited after each piece of the input
 * @returns how many lines were too long to be read
 * @throws SourceError naming the file and the reason
 */
export async function readLog(
  name: string,
  stdin: NodeJS.ReadableStream,
  onLine: (line: string) => void,
  afterChunk: () => Promise<void>,
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
    splitter.push(next.value as Buffer);
    await afterChunk();
  }
  // A last line without a newline is all that will come of it.
  if (splitter.pendingBytes > 0) splitter.push(Buffer.from('\n'));
  return { tornLines };
}

/** Sorts files by the time of their first record; names do not tell, for they are the user's. */
export async function oldestFirst(files: readonly string[]): Promise<readonly string[]> {
  if (files.length < 2) return files;
  const dated = await Promise.all(
    files.map(async (file) => ({ file, timeMs: await explain(file, firstTimeMs(file)) })),
  );
  return dated.sort((one, other) => one.timeMs - other.timeMs).map(({ file }) => file);
}

const headBytes = 65_536;

async function firstTimeMs(path: string): Promise<number> {
  if (path === '-') return Number.POSITIVE_INFINITY;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const [, seconds, ms] = /msg=audit\((\d+)\.(\d{3}):/.exec(buffer.toString('latin1', 0, bytesRead)) ?? [];
    return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000 + Number(ms);
  } finally {
    await file.close();
  }
}

async function explain<T>(name: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw new SourceError(`${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
