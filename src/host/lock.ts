import { createServer, type Server } from 'node:net';

export interface Lock {
  release(): Promise<void>;
}

/**
 * Keeps other processes of this host from holding the same name, until `release` or the end of this process, however it
 * ends: the name is that of a socket in the abstract namespace (unix(7)), which leaves nothing behind.
 *
 * @returns undefined when another process has it
 */
export async function holdLock(name: string): Promise<Lock | undefined> {
  const server = createServer((socket) => socket.destroy());
  if (!(await listens(server, `\0sigmond/${name}`))) return undefined;
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path }, () => resolve(true));
  });
}
