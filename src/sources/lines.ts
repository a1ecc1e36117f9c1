export interface LineSplitter {
  /** Calls `onLine` for each line that ends in this piece; the rest waits for the next one. */
  push(chunk: Buffer): void;
  /**
   * Gives up the line that has no end.
   *
   * @returns its bytes; 0 when there was none
   */
  drop(): number;
  /** Bytes of the line that has no end yet. */
  readonly pendingBytes: number;
  /** Bytes taken so far, the unfinished line included. */
  readonly position: number;
}

const newline = 0x0a;

/** Longest line that is read; the longest that auditd can write is 9,225 bytes (MAX_AUDIT_MESSAGE_LENGTH plus room). */
export const maxLineBytes = 65_536;

/**
 * Cuts bytes into lines as latin1; never gives out an unfinished one.
 *
 * @param onLine gets the line without its end (a newline, or carriage return and newline), and the position of its first
 *   byte
 * @param onTooLong called once for a line over 64 KiB, which is skipped up to its end
 */
export function createLineSplitter(
  onLine: (line: string, position: number) => void,
  onTooLong: () => void,
): LineSplitter {
  let carry = '';
  let position = 0;
  let skipping = false;

  function finish(line: string, lineStart: number): void {
    if (skipping) skipping = false;
    else if (line.length > maxLineBytes) onTooLong();
    else onLine(line.endsWith('\r') ? line.slice(0, -1) : line, lineStart);
  }

  return {
    push(chunk) {
      let lineStart = position - carry.length;
      let at = 0;
      position += chunk.length;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, at)) {
        // Each line is a text of its own: cut from the chunk's text it would keep all of that in memory.
        const line = carry + chunk.toString('latin1', at, end);
        finish(line, lineStart);
        lineStart += line.length + 1;
        carry = '';
        at = end + 1;
      }
      carry += chunk.toString('latin1', at);
      if (carry.length > maxLineBytes) {
        if (!skipping) onTooLong();
        skipping = true;
        carry = '';
      }
    },
    drop() {
      const bytes = carry.length;
      carry = '';
      skipping = false;
      return bytes;
    },
    get pendingBytes() {
      return carry.length;
    },
    get position() {
      return position;
    },
  };
}
