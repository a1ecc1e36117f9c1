import { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import type { CommandIo } from '../../src/cli/io.ts';

/** What a command wrote and answered. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs one command in this process with `input` as its standard input. */
export async function runCommand(
  create: (io: CommandIo) => Command,
  args: readonly string[],
  input: readonly (string | Buffer)[] = [],
): Promise<Outcome> {
  const [stdout, stderr] = [collector(), collector()];
  let exitCode = 0;
  const io: CommandIo = {
    stdin: Readable.from(input),
    stdout: stdout.stream,
    stderr: stderr.stream,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  await new Command('sigmond').addCommand(create(io)).parseAsync([...args], { from: 'user' });
  return { stdout: stdout.text(), stderr: stderr.text(), exitCode };
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
