import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, validateFileName, type ZipFile } from 'yauzl';
import { SourceError } from '../model/errors.ts';
import type { Problem } from '../model/rule.ts';
import { maxFileBytes, maxFiles, maxTotalBytes } from './bounds.ts';
import { isHidden, isOfInterest } from './layout.ts';
import type { FileList } from './source.ts';

/**
 * Lists a zip archive by its central directory. What no honest archive has (names that lead out, files that unpack to a
 * multiple of their size, a checksum that is wrong) refuses all of it.
 *
 * @param named what messages call the archive
 * @throws SourceError when it is none, or should not be trusted
 */
export async function openArchive(archive: Buffer, named: string): Promise<FileList> {
  const problems: Problem[] = [];
  const leaveOut = (path: string, text: string): undefined => {
    problems.push({ severity: 'warning', at: { path: `${named}/${path}`, line: 1, column: 1 }, text });
  };
  // Names are decoded here: the library would take those without the flag for UTF-8 as the code page of DOS.
  const zip = await explain(named, () => fromBufferPromise(archive, { decodeStrings: false }));
  if (zip.entryCount > maxFiles) throw new SourceError(`${named} holds more than ${maxFiles} files`);
  const entries = await explain(named, () => listFiles(zip, named, leaveOut));
  let totalBytes = 0;

  return {
    paths: [...entries.keys()].sort(),
    problems,
    async read(path) {
      const entry = entries.get(path);
      if (!entry) return leaveOut(path, 'the archive does not hold this file');
      const { uncompressedSize: bytes } = entry;
      if (bytes > maxFileBytes) return leaveOut(path, `larger than ${maxFileBytes} bytes; the file is left out`);
      const refusal = reasonToRefuse(entry);
      if (refusal) throw new SourceError(`${named}: ${path} ${refusal}`);
      totalBytes += bytes;
      if (totalBytes > maxTotalBytes) throw new SourceError(`${named} holds more than ${maxTotalBytes} bytes of rules`);
      const content = await explain(`${named}: ${path}`, () => unpack(zip, entry));
      if (crc32(content) !== entry.crc32) throw new SourceError(`${named}: ${path} is damaged: its checksum is wrong`);
      return content;
    },
  };
}

async function listFiles(
  zip: ZipFile,
  named: string,
  leaveOut: (path: string, text: string) => void,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const written = entry.fileNameRaw.toString('utf8').replaceAll('\\', '/');
    const misleading = written.includes('\0') ? 'a name holds a NUL character' : validateFileName(written);
    if (misleading) throw new SourceError(`${named} is not safe to unpack: ${misleading}`);
    const path = posix.normalize(written);
    if (path.endsWith('/') || path.split('/').some(isHidden) || !isOfInterest(path)) continue;
    if (!isUtf8(entry.fileNameRaw)) leaveOut(path, 'the name is not UTF-8; the file is left out');
    else if (isLink(entry)) leaveOut(path, 'a link is not followed; the file is left out');
    else if (entries.has(path)) throw new SourceError(`${named} is not safe to unpack: it holds ${path} twice`);
    else entries.set(path, entry);
  }
  return entries;
}

/** By the file type of Unix in the upper half of the external attributes (appnote 4.4.15, Info-ZIP). */
function isLink({ externalFileAttributes }: Entry): boolean {
  return ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

function reasonToRefuse(entry: Entry): string | undefined {
  if (entry.isEncrypted()) return 'is encrypted; unpack the archive and import the folder';
  if (!entry.canDecodeFileData()) {
    return `is compressed by method ${entry.compressionMethod}; only stored and deflated files can be read`;
  }
  if (entry.uncompressedSize > minSuspectBytes && entry.uncompressedSize > maxRatio * entry.compressedSize) {
    return `unpacks to more than ${maxRatio} times its size`;
  }
  return undefined;
}

// Rules shrink to a third; deflate can do no better than 1032 to 1 (zlib's technical details).
const maxRatio = 200;
const minSuspectBytes = 64 * 1024;

/** The library ends the stream with an error where there is more or less than the entry says. */
async function unpack(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function explain<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(`${name} cannot be read as a zip archive: ${(error as Error).message}`, { cause: error });
  }
}
