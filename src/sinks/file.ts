import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFolder } from '../host/folders.ts';
import type { FileSinkConfig } from '../model/config.ts';
import type { Sink } from '../model/stages.ts';
import { failedAt } from './failure.ts';
import { nativeLines } from './native.ts';
import { oneWriteAtATime } from './one-write.ts';

const newline = 0x0a;

/**
 * Alerts as JSON Lines at the end of a file, mode 0600, its folders 0700. The file may be rotated or removed by others
 * at any time: it is opened anew when another file stands at the path.
 *
 * Every failure can be retried, since an operator can free the disk or mend the permissions.
 */
export function createFileSink({ path }: FileSinkConfig): Sink {
  let file: FileHandle | undefined;

  const write = oneWriteAtATime(async (lines) => {
    try {
      if (file && !(await standsAt(path, file))) await close();
      file ??= await openAtLineStart(path);
      await writeWhole(file, lines);
    } catch (error) {
      // What was written of a line stays there; opening anew looks for it and begins a fresh line.
      // A disk that fails a write may fail the close as well: the write's error is the one to report.
      await close().catch(() => undefined);
      throw failedAt(path, error);
    }
  });

  async function close(): Promise<void> {
    const closing = file;
    file = undefined;
    await closing?.close();
  }

  return { send: (batch, signal) => write(nativeLines(batch), signal), close };
}

async function standsAt(path: string, file: FileHandle): Promise<boolean> {
  const [there, ours] = await Promise.all([stat(path).catch(undefinedIfMissing), file.stat()]);
  return there?.ino === ours.ino && there.dev === ours.dev;
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

async function openAtLineStart(path: string): Promise<FileHandle> {
  const file = await openToAppend(path);
  try {
    if (!(await endsWithNewline(path, file))) await writeWhole(file, '\n');
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

async function openToAppend(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, opening a FIFO that nobody reads would hold a thread for ever.
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
  try {
    return await open(path, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await createFolder(dirname(path), 0o700);
    return await open(path, flags, 0o600);
  }
}

async function endsWithNewline(path: string, file: FileHandle): Promise<boolean> {
  const stats = await file.stat();
  if (!stats.isFile() || stats.size === 0) return true;
  const reader = await open(path, constants.O_RDONLY);
  try {
    const { bytesRead, buffer } = await reader.read(Buffer.alloc(1), 0, 1, stats.size - 1);
    return bytesRead === 1 && buffer[0] === newline;
  } finally {
    await reader.close();
  }
}

async function writeWhole(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const { bytesWritten } = await file.write(bytes);
  if (bytesWritten < bytes.length) throw new Error(`wrote ${bytesWritten} of ${bytes.length} bytes`);
}
