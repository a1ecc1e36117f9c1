const firstMs = 500;
const capMs = 30_000;
/** A receiver may ask for more patience than `capMs`, but not for silence without end. */
const retryAfterCapMs = 5 * 60_000;

/**
 * How long to wait after `failures` (from 1) in a row: anything from 0 to a bound that doubles from 0.5 s to 30 s, and
 * not less than the receiver asked for (up to 5 minutes).
 *
 * Full jitter, so that a fleet of agents does not come back to a restarted receiver all at once.
 */
export function backoffMs(failures: number, random: () => number, retryAfterMs = 0): number {
  const jittered = random() * Math.min(capMs, firstMs * 2 ** (failures - 1));
  return Math.max(jittered, Math.min(retryAfterMs, retryAfterCapMs));
}
