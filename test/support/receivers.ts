import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { waitUntil } from './wait.ts';

/**
 * How a webhook receiver behaves: answers a status, resets the connection before or after it has read the request
 * (`answer-lost` counts the request as taken), never answers, or never ends its answer's body.
 */
export type WebhookMode =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'ok'
  | 'reset'
  | 'answer-lost'
  | 'hang'
  | 'slow-body';

export interface WebhookRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The receiver keeps it: it was answered 2xx, or would have been. */
  readonly taken: boolean;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly port: number;
  /** May be set at any time; holds for the requests that come after. */
  mode: WebhookMode;
  readonly requests: readonly WebhookRequest[];
  /** Bodies of the requests that were taken, parsed; arrays of batches are flattened. */
  taken(): readonly unknown[];
  /** Resolves when `n` alerts were taken; rejects after `timeoutMs`. */
  waitForTaken(n: number, timeoutMs?: number): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** An HTTP server on the loopback that keeps what is posted to it. */
export async function startWebhookReceiver(
  options: { readonly mode?: WebhookMode; readonly port?: number } = {},
): Promise<WebhookReceiver> {
  const requests: WebhookRequest[] = [];
  const server = createHttpServer((request, response) => {
    if (receiver.mode === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const body = Buffer.concat(chunks).toString();
      requests.push({ method, path, headers, body, taken: answer(receiver.mode, response) });
    });
  });
  const port = await listen(server, options.port ?? 0);
  const taken = () => requests.filter((request) => request.taken).flatMap(({ body }): unknown => JSON.parse(body));
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    mode: options.mode ?? 'ok',
    requests,
    taken,
    waitForTaken: async (n, timeoutMs) => {
      await waitUntil(() => taken().length >= n, `${n} alerts at the webhook`, timeoutMs);
      return taken();
    },
    close: async () => {
      server.closeAllConnections();
      await closed(server);
    },
  };
  return receiver;
}

function answer(mode: WebhookMode, response: ServerResponse): boolean {
  if (mode === 'hang') return false;
  if (mode === 'reset' || mode === 'answer-lost') {
    response.socket?.destroy();
    return mode === 'answer-lost';
  }
  if (mode === 'slow-body') {
    response.writeHead(200).write('the rest of this never comes');
    return true;
  }
  const { status, headers = {}, body = '' } = mode === 'ok' ? { status: 200 } : mode;
  response.writeHead(status, headers).end(body);
  return status >= 200 && status < 300;
}

export interface SyslogReceiver {
  readonly port: number;
  /** Messages as they came, without framing. */
  readonly messages: readonly Buffer[];
  /** Resolves when `n` messages have come; rejects after `timeoutMs`. */
  waitForMessages(n: number, timeoutMs?: number): Promise<readonly Buffer[]>;
  close(): Promise<void>;
}

export interface TcpSyslogReceiver extends SyslogReceiver {
  /** How many connections were made so far. */
  readonly connections: number;
  /** Says something on each connection, ends it with a FIN and goes on listening; resolves when the peers have closed their side. */
  hangUp(): Promise<void>;
}

/** Reads syslog over TCP with octet counting (RFC 6587 section 3.4.1): `LENGTH SP MESSAGE`, nothing else. */
export async function startTcpSyslogReceiver(
  options: {
    readonly port?: number;
    readonly host?: string /** Accepts, and reads nothing. */;
    readonly deaf?: boolean;
  } = {},
): Promise<TcpSyslogReceiver> {
  const messages: Buffer[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (options.deaf) return;
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      const read = readFrames(Buffer.concat([rest, chunk]));
      messages.push(...read.messages);
      rest = read.rest;
    });
  });
  const port = await listen(server, options.port ?? 0, options.host);
  return {
    port,
    messages,
    get connections() {
      return connections;
    },
    hangUp: async () => {
      for (const socket of sockets) socket.end('bye');
      await waitUntil(() => sockets.size === 0, 'the peers to close');
    },
    waitForMessages: (n, timeoutMs) => waitForMessages(messages, n, timeoutMs),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

function readFrames(bytes: Buffer): { messages: Buffer[]; rest: Buffer<ArrayBuffer> } {
  const messages: Buffer[] = [];
  let at = 0;
  for (;;) {
    const space = bytes.indexOf(0x20, at);
    if (space < 0) break;
    const length = bytes.toString('latin1', at, space);
    if (!/^[1-9]\d*$/.test(length)) throw new Error(`no octet count: ${JSON.stringify(length.slice(0, 40))}`);
    const end = space + 1 + Number(length);
    if (end > bytes.length) break;
    messages.push(Buffer.from(bytes.subarray(space + 1, end)));
    at = end;
  }
  return { messages, rest: Buffer.from(bytes.subarray(at)) };
}

/** Reads syslog over UDP, a message a datagram. */
export async function startUdpSyslogReceiver(
  options: { readonly port?: number; readonly host?: string } = {},
): Promise<SyslogReceiver> {
  const host = options.host ?? '127.0.0.1';
  const messages: Buffer[] = [];
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message) => messages.push(message));
  socket.bind(options.port ?? 0, host);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    messages,
    waitForMessages: (n, timeoutMs) => waitForMessages(messages, n, timeoutMs),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0);
  await closed(server);
  return port;
}

async function waitForMessages(messages: readonly Buffer[], n: number, timeoutMs?: number): Promise<readonly Buffer[]> {
  await waitUntil(() => messages.length >= n, `${n} syslog messages`, timeoutMs);
  return messages;
}

async function listen(server: Server, port: number, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
