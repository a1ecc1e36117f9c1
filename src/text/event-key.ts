/**
 * An audit event's id as a text: `SEC.MSEC:SERIAL`, as in `msg=audit(…)`, with `NODE ` before it where the line names one.
 */
export function eventKey(id: { node: string | undefined; timestampMs: number; serial: number }): string {
  const { node, timestampMs, serial } = id;
  const ms = timestampMs % 1000;
  const key = `${(timestampMs - ms) / 1000}.${ms < 100 ? String(ms).padStart(3, '0') : ms}:${serial}`;
  return node === undefined ? key : `${node} ${key}`;
}
