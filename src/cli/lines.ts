/** A line's text, or undefined for one that is longer than the bound and was skipped. */
export type Line = string | undefined;

/**
 * Splits UTF-8 bytes at newlines and yields the lines of each chunk together; a last line needs no newline.
 *
 * Never holds more than a chunk and `maxLineBytes`.
 */
export async function* readLines(
  stream: AsyncIterable<unknown>,
  maxLineBytes: number,
): AsyncGenerator<readonly Line[]> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let tooLong = false;

  const hold = (bytes: Buffer) => {
    heldBytes += bytes.length;
    tooLong ||= heldBytes > maxLineBytes;
    if (tooLong) held = [];
    else if (bytes.length > 0) held.push(bytes);
  };
  const release = (): Line => {
    const line = tooLong ? undefined : Buffer.concat(held).toString('utf8');
    held = [];
    heldBytes = 0;
    tooLong = false;
    return line;
  };

  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    const first = bytes.indexOf(newline);
    if (first < 0) {
      hold(bytes);
      continue;
    }
    hold(bytes.subarray(0, first));
    const lines: Line[] = [release()];
    const last = bytes.lastIndexOf(newline);
    if (last > first) {
      // One decoding for all of them; none can be longer than the chunk.
      for (const line of bytes.toString('utf8', first + 1, last).split('\n')) {
        lines.push(line.length > maxLineBytes ? undefined : line);
      }
    }
    hold(bytes.subarray(last + 1));
    yield lines;
  }
  if (heldBytes > 0) yield [release()];
}

const newline = 0x0a;
