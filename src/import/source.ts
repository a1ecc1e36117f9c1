import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { SourceError } from '../model/errors.ts';
import type { Problem } from '../model/rule.ts';
import { openArchive } from './archive.ts';
import { readCommit } from './commit.ts';
import { openFolder } from './folder.ts';

/** Where rules come from: a folder, which may be a git checkout, or a zip archive. */
export type Origin =
  | { readonly kind: 'folder'; readonly path: string; readonly commit: string | undefined }
  | { readonly kind: 'archive'; readonly path: string; readonly sha256: string };

/** The files of an origin that may be of interest, listed but not read. */
export interface FileList {
  /** Relative, with `/` between folders; never absolute, never upwards, none twice. */
  readonly paths: readonly string[];
  /** Files that are left out, with the reason. */
  readonly problems: readonly Problem[];
  /**
   * One of `paths`; undefined, and added to `problems`, for one that cannot be taken.
   *
   * @throws SourceError when nothing of this origin should be taken
   */
  read(path: string): Promise<Buffer | undefined>;
}

export interface RuleSource extends FileList {
  readonly origin: Origin;
  /** What messages call it: as the user did. */
  readonly named: string;
}

/** @throws SourceError naming the file and the reason */
export async function openSource(given: string): Promise<RuleSource> {
  const path = given.replace(/(?<=.)\/+$/, '');
  if (/^\w+:\/\//.test(given))
    throw new SourceError(`${given} is elsewhere; download it first, for imports use no network`);
  const { real, isFolder, bytes } = await explain(path, async () => {
    const stats = await stat(path);
    return {
      real: await realpath(path),
      isFolder: stats.isDirectory(),
      bytes: stats.isFile() ? stats.size : undefined,
    };
  });
  if (isFolder) {
    const [commit, list] = [await readCommit(real), await openFolder(real, path)];
    return { ...list, named: path, origin: { kind: 'folder', path: real, commit } };
  }
  if (bytes === undefined) throw new SourceError(`${path} is neither a folder nor a zip archive`);
  if (bytes > maxArchiveBytes) throw new SourceError(`${path} is larger than ${maxArchiveBytes} bytes`);
  const archive = await explain(path, () => readFile(path));
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const list = await openArchive(archive, path);
  return { ...list, named: path, origin: { kind: 'archive', path: real, sha256 } };
}

/** SigmaHQ's source archive has some ten MiB, its releases less. */
const maxArchiveBytes = 256 * 1024 * 1024;

async function explain<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new SourceError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
