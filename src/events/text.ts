const nonAscii = /[\x80-\xff]/;

/** Bytes as latin1 to text: UTF-8 where it is valid, U+FFFD where it is not. */
export function toText(bytes: string): string {
  return nonAscii.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** A whole decimal number, or nothing. */
export function toInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
