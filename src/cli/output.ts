/** Writes lines in large pieces, each only when the one before it is taken. */
export interface LineOutput {
  /** Nobody reads any more, so that more work is in vain. */
  readonly closed: boolean;
  /** What else ended the output, such as a full disk. */
  readonly failure: Error | undefined;
  line(text: string): void;
  /** Writes if there is enough for a piece; resolves when it is taken or the output has ended. */
  drain(): Promise<void>;
  /** Writes what is left. */
  end(): Promise<void>;
}

export function createLineOutput(stream: NodeJS.WritableStream): LineOutput {
  let pending = '';
  let closed = false;
  let failure: Error | undefined;
  // Stays for the life of the stream: the error can come after the write that it belongs to has been answered.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed = true;
    if (error.code !== 'EPIPE') failure = error;
  });

  async function write(): Promise<void> {
    const piece = pending;
    pending = '';
    if (closed || piece === '') return;
    await new Promise<void>((resolve) => {
      stream.write(piece, (error) => {
        closed ||= error instanceof Error;
        resolve();
      });
    });
  }

  return {
    get closed() {
      return closed;
    },
    get failure() {
      return failure;
    },
    line(text) {
      if (!closed) pending += `${text}\n`;
    },
    async drain() {
      if (pending.length >= pieceChars) await write();
    },
    end: write,
  };
}

/** Writes lines that are all there. */
export async function writeLines(stream: NodeJS.WritableStream, lines: readonly string[]): Promise<void> {
  const output = createLineOutput(stream);
  for (const line of lines) output.line(line);
  await output.end();
}

const pieceChars = 64 * 1024;
