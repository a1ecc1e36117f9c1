import type { Alert } from '../model/alert.ts';

/**
 * Alerts that wait for one sink, oldest first.
 *
 * THE PLACE OF THE DURABLE SPOOL: delivery knows no more of a queue than this interface. A spool on disk is another
 * implementation of put, peek and ack; nothing but the call of `createQueue` changes for it.
 */
export interface AlertQueue {
  /** Takes an alert; returns how many had to go for it, 0 or 1. */
  put(alert: Alert): number;
  /** The oldest, at most `max`. They stay, and are not dropped, until the next `peek` or `ack`. */
  peek(max: number): readonly Alert[];
  /** Removes the `n` oldest: they have arrived, or were given up. */
  ack(n: number): void;
  readonly size: number;
}

/**
 * A ring in memory of at most `limit` alerts. When it is full the oldest goes that is not being sent; when all of them
 * are being sent, the new one.
 */
export function createQueue(limit: number): AlertQueue {
  const ring: (Alert | undefined)[] = [];
  let first = 0;
  let size = 0;
  let peeked = 0;
  const slot = (n: number) => (first + n) % limit;

  /** Closes the gap of the oldest alert that nobody has peeked at by moving those before it up. */
  const dropOldest = () => {
    for (let n = peeked; n > 0; n--) ring[slot(n)] = ring[slot(n - 1)];
    ring[first] = undefined;
    first = slot(1);
    size -= 1;
  };

  return {
    put(alert) {
      const full = size === limit;
      if (full && peeked === size) return 1;
      if (full) dropOldest();
      ring[slot(size)] = alert;
      size += 1;
      return full ? 1 : 0;
    },
    peek(max) {
      peeked = Math.min(max, size);
      const oldest: Alert[] = [];
      for (let n = 0; n < peeked; n++) {
        const alert = ring[slot(n)];
        if (alert) oldest.push(alert);
      }
      return oldest;
    },
    ack(n) {
      for (let acked = 0; acked < n && size > 0; acked++) {
        ring[first] = undefined;
        first = slot(1);
        size -= 1;
      }
      peeked = 0;
    },
    get size() {
      return size;
    },
  };
}
