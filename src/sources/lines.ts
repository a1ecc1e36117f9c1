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

/** Longest line that is read; the longest that auditd can write is 9,225 bytes (MAX_AUDIT_MESSAGE_LENGTH plus room). */
const maxLineBytes = 65_536;

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
      const text = carry.length === 0 ? chunk.toString('latin1') : carry + chunk.toString('latin1');
      let lineStart = position - carry.length;
      position += chunk.length;
      let at = 0;
      for (let end = text.indexOf('\n', carry.length); end >= 0; end = text.indexOf('\n', at)) {
        finish(text.slice(at, end), lineStart);
        lineStart += end + 1 - at;
        at = end + 1;
      }
      carry = text.slice(at);
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
