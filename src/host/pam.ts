import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether a PAM service asks the kernel to record keystrokes, so that TTY records can come.
 *
 * @returns undefined where that cannot be read
 * @see pam_tty_audit(8)
 */
export async function recordsKeystrokes(folder = '/etc/pam.d'): Promise<boolean | undefined> {
  try {
    const names = await readdir(folder);
    const texts = await Promise.all(names.map((name) => readService(join(folder, name))));
    return texts.some((text) => /^[^#\n]*\bpam_tty_audit\.so\b.*\benable=/m.test(text));
  } catch (error) {
    // Without PAM nobody asks.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? false : undefined;
  }
}

/** Folders and links to nowhere are no services. */
async function readService(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR' || code === 'ENOENT') return '';
    throw error;
  }
}
