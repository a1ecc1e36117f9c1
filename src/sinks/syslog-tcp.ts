import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { failedAt, orAborted } from './failure.ts';
import type { SyslogTransport } from './syslog-transport.ts';

const keepAliveMs = 30_000;

/**
 * Syslog over one TCP connection with octet counting (RFC 6587 section 3.4.1), opened when it is first needed and
 * again after any failure; a name is looked up each time.
 *
 * "Sent" means that the kernel has taken it: this protocol has no receipt, so what was under way when a receiver
 * crashes is not known to be lost. A receiver that closes in order is noticed before the next write.
 */
export function createTcpTransport(address: { readonly host: string; readonly port: number }): SyslogTransport {
  const place = `syslog tcp ${address.host} port ${address.port}`;
  let connection: Socket | undefined;

  function forget(socket: Socket): void {
    socket.destroy();
    if (connection === socket) connection = undefined;
  }

  async function connect(signal: AbortSignal): Promise<Socket> {
    const socket = createConnection({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
    // Errors reach `connect` and `write` as rejections; one that comes between two sends only ends the connection.
    for (const event of ['end', 'error', 'close']) socket.on(event, () => forget(socket));
    // Only a socket that is read notices the other side's FIN. Syslog has no answers, so whatever comes is discarded.
    socket.resume();
    connection = socket;
    await orAborted(once(socket, 'connect'), signal);
    return socket;
  }

  return {
    async send(messages, signal) {
      await afterPoll();
      try {
        const socket = connection ?? (await connect(signal));
        await orAborted(write(socket, Buffer.concat(messages.flatMap(frame))), signal);
      } catch (error) {
        // After half a frame the receiver would take the rest for the next frame's length: never write on.
        if (connection) forget(connection);
        throw failedAt(place, error);
      }
    },
    async close() {
      const socket = connection;
      connection = undefined;
      if (!socket || socket.destroyed) return;
      const closed = once(socket, 'close');
      // The kernel still sends what it has taken; waiting for the other side's FIN could take for ever.
      if (socket.connecting) socket.destroy();
      else socket.end(() => socket.destroy());
      await closed;
    },
  };
}

/**
 * Lets a FIN that has arrived be seen. Writing to a connection that the peer has closed seems to succeed the first
 * time; the second turn of the event loop comes after a poll of the sockets, wherever the first one began.
 */
async function afterPoll(): Promise<void> {
  await turn();
  await turn();
}

function frame(message: Buffer): Buffer[] {
  return [Buffer.from(`${message.length} `), message];
}

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
