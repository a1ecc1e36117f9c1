/** What an entry holds of a command line that may be 2 MB long. */
const maxRememberedLength = 32_768;

/** The first characters of a command line, marked where that is not all. */
export function shorten(text: string | undefined): string | undefined {
  return text !== undefined && text.length > maxRememberedLength
    ? `${copy(text.slice(0, maxRememberedLength))}<...>`
    : text;
}

const pool = new Map<string, string>();
const maxPooled = 4096;

/** Images and users are few, and cut from log lines, which would stay in memory with them. */
export function pooled(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const known = pool.get(text);
  if (known !== undefined) return known;
  if (pool.size >= maxPooled) pool.clear();
  const own = copy(text);
  pool.set(own, own);
  return own;
}

/** A text that was cut from another one keeps that in memory. */
function copy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
