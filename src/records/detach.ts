/** A copy of its own: a slice would keep the whole chunk of the log in memory that it was cut from. */
export function detach(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('latin1');
}
