import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError } from '../model/errors.ts';
import type { Problem } from '../model/rule.ts';
import { maxFileBytes, maxFiles, maxTotalBytes } from './bounds.ts';
import { isHidden, isOfInterest } from './layout.ts';
import type { FileList } from './source.ts';

/**
 * Lists a folder with all below it. Links are not followed, so that nothing from elsewhere gets in: root imports what
 * other users may have written.
 *
 * @param named what messages call the folder
 * @throws SourceError when it cannot be read
 */
export async function openFolder(root: string, named: string): Promise<FileList> {
  const paths: string[] = [];
  const problems: Problem[] = [];
  let seen = 0;
  let totalBytes = 0;
  const leaveOut = (path: string, text: string): undefined => {
    problems.push({ severity: 'warning', at: { path: `${named}/${path}`, line: 1, column: 1 }, text });
  };

  async function walk(folder: string): Promise<void> {
    const entries = await explain(`${named}/${folder}`, () => readdir(join(root, folder), { withFileTypes: true }));
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (++seen > maxFiles) throw new SourceError(`${named} holds more than ${maxFiles} files`);
      if (isHidden(entry.name)) continue;
      if (entry.isDirectory()) await walk(path);
      else if (!isOfInterest(path)) continue;
      else if (entry.name.includes('\uFFFD')) leaveOut(path, 'the name is not UTF-8; the file is left out');
      else if (entry.isSymbolicLink()) leaveOut(path, 'a link is not followed; the file is left out');
      else if (entry.isFile()) paths.push(path);
    }
  }

  await walk('');
  return {
    paths,
    problems,
    async read(path) {
      const content = await explain(`${named}/${path}`, () => readBounded(join(root, path)));
      if (!content) return leaveOut(path, `no file of at most ${maxFileBytes} bytes; it is left out`);
      totalBytes += content.length;
      if (totalBytes > maxTotalBytes) throw new SourceError(`${named} holds more than ${maxTotalBytes} bytes of rules`);
      return content;
    },
  };
}

/** Undefined for what is no file, or larger than a rule. */
async function readBounded(path: string): Promise<Buffer | undefined> {
  // A file may have become a link or a pipe since it was listed.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > maxFileBytes) return undefined;
    const content = await file.readFile();
    return content.length > maxFileBytes ? undefined : content;
  } finally {
    await file.close();
  }
}

async function explain<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new SourceError(`${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
