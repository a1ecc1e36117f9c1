import type { Stats } from 'node:fs';
import { chmod, lstat, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { createFolder } from '../host/folders.ts';

/** What an answer holds; made anew for each request. */
export interface Answer {
  readonly contentType: string;
  readonly body: string;
}

export interface ControlServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Requests have no body, and whoever asks is root or the agent's user: a handful at a time is much. */
const maxConnections = 32;
const requestTimeoutMs = 5000;

/**
 * Answers HTTP GET on a socket in the file system, which only its owner may use.
 *
 * @param path of the socket; what an agent left there that is gone is replaced
 * @param answers by path, such as `/status`
 * @throws Error where the socket cannot be made, or another agent answers there
 */
export async function startControlServer(
  path: string,
  answers: Readonly<Record<string, () => Answer>>,
): Promise<ControlServer> {
  if (Buffer.byteLength(path) > maxPathBytes) throw new Error(`a socket's path has at most ${maxPathBytes} bytes`);
  await createFolder(dirname(path), 0o755);
  await makeRoom(path);
  const server = createServer(respondWith(answers));
  server.maxConnections = maxConnections;
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  server.timeout = requestTimeoutMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  // Nothing that a client does is the agent's trouble.
  server.on('error', () => undefined);
  server.unref();
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** sun_path of unix(7), less its end. */
const maxPathBytes = 107;

function respondWith(answers: Readonly<Record<string, () => Answer>>): RequestListener {
  return ({ method, url = '' }, response) => {
    const answer = Object.hasOwn(answers, url) ? answers[url] : undefined;
    if (method !== 'GET' || !answer) {
      const known = Object.keys(answers).join(', ');
      response.writeHead(answer ? 405 : 404, { 'content-type': 'text/plain' }).end(`GET one of: ${known}\n`);
      return;
    }
    const { contentType, body } = answer();
    response.writeHead(200, { 'content-type': contentType, connection: 'close' }).end(body);
  };
}

/** Whoever gave the wrong path must not lose the file that is there. */
async function makeRoom(path: string): Promise<void> {
  const found = await lookAt(path);
  if (!found) return;
  if (!found.isSocket()) throw new Error('what is there is no socket');
  if (await isAnswered(path)) throw new Error('another agent answers there');
  await rm(path, { force: true });
}

async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answered: boolean) => (): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', end(true));
    socket.once('error', end(false));
  });
}
