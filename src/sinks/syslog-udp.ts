import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../host/clock.ts';
import { failedAt, orAborted } from './failure.ts';
import type { SyslogTransport } from './syslog-transport.ts';

/** How long a name's address is used before it is looked up again. */
const addressLifeMs = 60_000;

interface Target {
  readonly socket: Socket;
  readonly openedMs: number;
  /** What ICMP said about a datagram that was sent before. */
  error: Error | undefined;
}

/**
 * Syslog over UDP, a message a datagram (RFC 5426).
 *
 * UDP has no receipt. The socket is connected, so that at least a host that answers "port unreachable" counts as a
 * failure: for the same message when the answer is as quick as it is on this host, else for the next one.
 */
export function createUdpTransport(
  address: { readonly host: string; readonly port: number },
  clock: Clock,
): SyslogTransport {
  const place = `syslog udp ${address.host} port ${address.port}`;
  let target: Target | undefined;

  async function close(): Promise<void> {
    const closing = target;
    target = undefined;
    if (closing) await closeSocket(closing.socket);
  }

  return {
    async send(messages, signal) {
      try {
        if (target && clock.monotonicMs() - target.openedMs > addressLifeMs) await close();
        target ??= await openTarget(address, clock.monotonicMs(), signal);
        for (const message of messages) await sendDatagram(target, message, signal);
      } catch (error) {
        await close();
        throw failedAt(place, error);
      }
    },
    close,
  };
}

async function openTarget(
  { host, port }: { host: string; port: number },
  openedMs: number,
  signal: AbortSignal,
): Promise<Target> {
  const { address, family } = await orAborted(lookup(host), signal);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const target: Target = { socket, openedMs, error: undefined };
  socket.on('error', (error) => {
    target.error = error;
  });
  // Ends at once, as the address is a number.
  socket.connect(port, address);
  try {
    await once(socket, 'connect');
  } catch (error) {
    await closeSocket(socket);
    throw error;
  }
  return target;
}

async function sendDatagram(target: Target, message: Buffer, signal: AbortSignal): Promise<void> {
  const sent = new Promise<void>((resolve, reject) => {
    target.socket.send(message, (error) => (error ? reject(error) : resolve()));
  });
  await orAborted(sent, signal);
  // Two turns of the event loop hold one poll of the sockets, which is where a refusal shows.
  await turn();
  await turn();
  if (target.error) throw target.error;
}

async function closeSocket(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.close(resolve));
}
