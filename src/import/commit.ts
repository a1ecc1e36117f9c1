import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The commit that is checked out in a folder, or undefined where it is no checkout or has none (gitrepository-layout(5)). */
export async function readCommit(folder: string): Promise<string | undefined> {
  const gitFolder = await findGitFolder(join(folder, '.git'));
  const head = gitFolder && (await readLine(join(gitFolder, 'HEAD')));
  if (!gitFolder || !head) return undefined;
  const ref = /^ref: (refs\/.*)$/.exec(head)?.[1];
  if (ref === undefined) return asCommit(head);
  if (ref.split('/').includes('..')) return undefined;
  const common = resolve(gitFolder, (await readLine(join(gitFolder, 'commondir'))) ?? '.');
  return asCommit(await readLine(join(common, ref))) ?? asCommit(await findPacked(common, ref));
}

/** In worktrees and submodules `.git` is a file that names the folder. */
async function findGitFolder(path: string): Promise<string | undefined> {
  const stats = await orUndefined(stat(path));
  if (!stats || stats.isDirectory()) return stats && path;
  const named = /^gitdir: (.*)$/.exec((await readLine(path)) ?? '')?.[1];
  return named === undefined ? undefined : resolve(path, '..', named);
}

async function findPacked(common: string, ref: string): Promise<string | undefined> {
  const packed = await orUndefined(readFile(join(common, 'packed-refs'), 'utf8'));
  return packed
    ?.split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ')[0];
}

async function readLine(path: string): Promise<string | undefined> {
  return (await orUndefined(readFile(path, 'utf8')))?.split('\n', 1)[0];
}

/** A name by SHA-1 or SHA-256. */
function asCommit(text: string | undefined): string | undefined {
  return text !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : undefined;
}

/** What cannot be read is not known: the commit is a remark, without which the import is as good. */
async function orUndefined<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return undefined;
  }
}
