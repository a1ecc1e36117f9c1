import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createFolder } from '../host/folders.ts';
import { SourceError } from '../model/errors.ts';
import { maxFileBytes } from './bounds.ts';
import { manifestName } from './manifest.ts';

/** The folder that rules are imported into: a link to a tree beside it, so that one rename replaces the whole tree. */
export interface Target {
  readonly path: string;
  /** The files that are there now, without the manifest: hex SHA-256 by relative path. */
  readonly files: ReadonlyMap<string, string>;
  /** Reads one of `files`. */
  read(path: string): Promise<Buffer>;
  /** Replaces the tree by these files; a crash leaves the old one or the new one. */
  replace(files: ReadonlyMap<string, Buffer>): Promise<void>;
}

/** @throws SourceError when something else than an import made it */
export async function openTarget(path: string): Promise<Target> {
  const tree = await explain(path, () => findTree(path));
  const files = new Map<string, string>();
  if (tree !== undefined) await explain(path, () => hashFiles(tree, '', files));
  return {
    path,
    files,
    read: (file) => readFile(join(path, file)),
    replace: (next) => explain(path, () => replaceTree(path, tree, next)),
  };
}

/** The name of the tree that the link leads to, whole; undefined where there is nothing, or an empty folder. */
async function findTree(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(undefinedIfMissing);
  if (!stats) return undefined;
  if (stats.isDirectory() && (await readdir(path)).length === 0) return undefined;
  const leadsTo = stats.isSymbolicLink() ? await readlink(path) : '';
  if (leadsTo.includes('/') || !leadsTo.startsWith(treePrefix(path))) {
    throw new SourceError(
      `${path} is there and was not made by an import; choose a folder that does not exist yet, with --into DIR`,
    );
  }
  return (await stat(path).catch(undefinedIfMissing)) && join(dirname(path), leadsTo);
}

async function hashFiles(root: string, folder: string, files: Map<string, string>): Promise<void> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) await hashFiles(root, path, files);
    else if (path !== manifestName) files.set(path, await hashFile(join(root, path)));
  }
}

/** Everything here will be kept or written again, so it has to be what can be: a file of ordinary size. */
async function hashFile(path: string): Promise<string> {
  const stats = await stat(path);
  if (!stats.isFile() || stats.size > maxFileBytes) {
    throw new SourceError(`${path} is in the way: it is no file of at most ${maxFileBytes} bytes`);
  }
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function replaceTree(
  path: string,
  before: string | undefined,
  files: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const parent = dirname(path);
  await createFolder(parent, folderMode);
  await sweep(path, before);
  const tree = await mkdtemp(join(parent, treePrefix(path)));
  const link = `${tree}.link`;
  try {
    await writeTree(tree, files);
    await symlink(basename(tree), link);
    // An empty folder holds nothing that a crash could lose.
    if (before === undefined) await rmdir(path).catch(undefinedIfMissing);
    await rename(link, path);
    await syncFolder(parent);
  } catch (error) {
    await rm(link, { force: true });
    await rm(tree, { recursive: true, force: true });
    throw error;
  }
  if (before !== undefined) await rm(before, { recursive: true });
}

/** Removes what an import that broke off has left. */
async function sweep(path: string, current: string | undefined): Promise<void> {
  const parent = dirname(path);
  for (const name of await readdir(parent)) {
    const left = join(parent, name);
    if (name.startsWith(treePrefix(path)) && left !== current) await rm(left, { recursive: true });
  }
}

/** Everything is on disk before the link leads to it. Modes do not depend on the umask. */
async function writeTree(tree: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  const folders = new Set<string>();
  for (const [path, content] of files) {
    for (const folder of foldersOf(path)) {
      if (!folders.has(folder)) await mkdir(join(tree, folder));
      folders.add(folder);
    }
    const file = await open(join(tree, path), 'wx', fileMode);
    try {
      await file.writeFile(content);
      await file.chmod(fileMode);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  for (const folder of ['', ...folders]) {
    await chmod(join(tree, folder), folderMode);
    await syncFolder(join(tree, folder));
  }
}

/** Outermost first. */
function foldersOf(path: string): readonly string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Of names beside the target, which the loader of rules passes over. */
function treePrefix(path: string): string {
  return `.${basename(path)}.import-`;
}

const fileMode = 0o644;
const folderMode = 0o755;

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

async function explain<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
