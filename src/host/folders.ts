import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and those above it that are missing; one that is there stays as it is.
 *
 * Not mkdir's own `recursive`: where the file system creates nothing, as in /proc, Node tries for ever.
 *
 * @throws Error of mkdir(2) when it cannot be created
 */
export async function createFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdirUnlessThere(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    await createFolder(parent, mode);
    await mkdirUnlessThere(path, mode);
  }
}

async function mkdirUnlessThere(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
