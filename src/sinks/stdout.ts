import type { Writable } from 'node:stream';
import type { Alert } from '../model/alert.ts';
import type { StdoutSinkConfig } from '../model/config.ts';
import { DeliveryError } from '../model/errors.ts';
import type { Sink } from '../model/stages.ts';
import { nativeLines } from './native.ts';
import { oneWriteAtATime } from './one-write.ts';
import { alertText } from './text.ts';

export interface StdoutDeps {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** The user set NO_COLOR. */
  readonly noColor: boolean;
}

/** Errors after which standard output takes nothing more: its reader, its terminal or the stream itself is gone. */
const gone: readonly string[] = ['EPIPE', 'EIO', 'EBADF', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'];

/**
 * Alerts on standard output: text for people on a terminal, JSON Lines otherwise. A batch has arrived when the stream
 * has handed it on, so a slow reader slows only this sink.
 *
 * A closed pipe never opens again: each alert is refused for good, which delivery counts, and the agent goes on for
 * its other sinks.
 */
export function createStdoutSink(config: StdoutSinkConfig, { stdout, noColor }: StdoutDeps): Sink {
  const terminal = stdout.isTTY === true;
  const text = config.format === 'text' || (config.format === 'auto' && terminal);
  const color = terminal && !noColor;
  const encode = (batch: readonly Alert[]) =>
    text ? batch.map((alert) => alertText(alert, { color })).join('') : nativeLines(batch);
  const write = oneWriteAtATime((output) => writeTo(stdout, output));
  let listening = false;

  return {
    async send(batch, signal) {
      if (!listening) stdout.on('error', reportedByWrite);
      listening = true;
      await write(encode(batch), signal);
    },
    async close() {
      stdout.off('error', reportedByWrite);
      listening = false;
    },
  };
}

async function writeTo(stdout: Writable, output: string): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    stdout.write(output, resolve);
  });
  if (!error) return;
  const retryable = !gone.includes(error.code ?? '');
  throw new DeliveryError(`standard output: ${error.message}`, { retryable, cause: error });
}

/** Without a listener the stream's `error` event would end the process. */
function reportedByWrite(): void {
  // The same error reaches the write's callback.
}
