import { readFile } from 'node:fs/promises';

/**
 * Whether somebody has connected to the socket at this path and was not accepted yet.
 *
 * @see proc_net_unix(5): the sixth column is the state, 02 for a connection that waits
 */
export async function hasWaitingClient(path: string): Promise<boolean> {
  let table: string;
  try {
    table = await readFile('/proc/net/unix', 'latin1');
  } catch {
    // Without /proc nobody can tell.
    return false;
  }
  return table.split('\n').some((line) => {
    const [, , , , , state, , name] = line.trim().split(/\s+/);
    return state === '02' && name === path;
  });
}
