import { readFileSync, statSync } from 'node:fs';

/** Names of user ids as this host knows them. */
export interface Users {
  name(uid: string): string | undefined;
}

/** How long names are believed before the file's time is looked at again. */
const freshMs = 5000;

/**
 * Reads passwd(5), again when it has changed.
 *
 * @param others asked for users that are not in it
 */
export function createUsers(passwdPath: string, monotonicMs: () => number, others?: Users): Users {
  let names = new Map<string, string>();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let version = '';

  function refresh(): void {
    if (monotonicMs() - readAtMs < freshMs) return;
    readAtMs = monotonicMs();
    try {
      const { ino, size, mtimeMs } = statSync(passwdPath);
      if (version === `${ino} ${size} ${mtimeMs}`) return;
      names = parsePasswd(readFileSync(passwdPath, 'utf8'));
      version = `${ino} ${size} ${mtimeMs}`;
    } catch (error) {
      // While the file is away or may not be read, the names that were known still hold.
      if (!(error instanceof Error && 'errno' in error)) throw error;
    }
  }

  return {
    name(uid) {
      refresh();
      return names.get(uid) ?? others?.name(uid);
    },
  };
}

/** The first entry of a uid is its name, as getpwuid(3) has it. */
function parsePasswd(text: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid !== undefined && !names.has(uid)) names.set(uid, name);
  }
  return names;
}
