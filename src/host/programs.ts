import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Administrators' programs live where an ordinary PATH does not look. */
const systemFolders = ['/usr/sbin', '/sbin'];

/** Where PATH or the folders of administrators' programs have a program, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders]) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
