import { open, rename } from 'node:fs/promises';

/** Replaces a file as a whole, so that a crash leaves the old or the new one; readable by its owner only. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
