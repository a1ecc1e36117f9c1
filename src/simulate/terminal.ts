import { spawn } from 'node:child_process';

/** A program that someone sits in front of. */
export interface Terminal {
  /** A pseudo-terminal from node-pty; false where that is not installed and pipes have to do. */
  readonly real: boolean;
  readonly output: () => string;
  close(): Promise<void>;
}

/** Output that is kept, to tell what went wrong. */
const maxOutput = 16_384;

/** Opens a terminal in which `file` runs. */
export async function openTerminal(file: string, args: readonly string[]): Promise<Terminal> {
  const pty = await loadPty();
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-maxOutput);
  };
  if (!pty) return openPipes(file, args, keep, () => output);
  const terminal = pty.spawn(file, [...args], { name: 'xterm', cols: 80, rows: 24 });
  const exited = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  terminal.onData(keep);
  return {
    real: true,
    output: () => output,
    async close() {
      terminal.kill('SIGKILL');
      await exited;
    },
  };
}

function openPipes(
  file: string,
  args: readonly string[],
  keep: (text: string) => void,
  output: () => string,
): Terminal {
  const child = spawn(file, [...args], { stdio: 'pipe' });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.on('error', (error) => keep(String(error)));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => keep(chunk.toString()));
  return {
    real: false,
    output,
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** node-pty is optional: it is compiled at installation, and not every host has a compiler. */
async function loadPty(): Promise<typeof import('node-pty') | undefined> {
  try {
    return await import('node-pty');
  } catch (error) {
    // The package is absent, or it is there without its compiled part.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
