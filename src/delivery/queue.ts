import type { Alert } from '../model/alert.ts';

/**
 * Alerts that wait for one sink, oldest first.
 *
 * THE PLACE OF THE DURABLE SPOOL: delivery knows no more of a queue than this interface. A spool on disk is another
 * implementation of put, peek and ack; nothing but the call of `createQueue` changes for it.
 */
export interface AlertQueue {
  /** Takes an alert; returns how many had to go for it, itself included. */
  put(alert: Alert): number;
  /** The oldest, at most `max`. They stay, and are not dropped, until the next `peek` or `ack`. */
  peek(max: number): readonly Alert[];
  /** Removes the `n` oldest: they have arrived, or were given up. */
  ack(n: number): void;
  readonly size: number;
}

/**
 * A ring in memory of at most `limit` alerts and, as whoever runs a program chooses how long its arguments are, of
 * `maxCharacters` of text together. When it is full the oldest go that are not being sent; when all of them are being
 * sent, the new one. An alert that is too long for the queue has it for itself.
 */
export function createQueue(limit: number, maxCharacters = 64 * 1024 * 1024): AlertQueue {
  const ring: (Entry | undefined)[] = [];
  let first = 0;
  let size = 0;
  let characters = 0;
  let peeked = 0;
  const slot = (n: number) => (first + n) % limit;

  const removeFirst = () => {
    characters -= ring[first]?.characters ?? 0;
    ring[first] = undefined;
    first = slot(1);
    size -= 1;
  };

  /** Drops the oldest alert that nobody has peeked at, and closes the gap by moving those before it up. */
  const dropOldest = () => {
    const dropped = ring[slot(peeked)];
    for (let n = peeked; n > 0; n--) ring[slot(n)] = ring[slot(n - 1)];
    ring[first] = dropped;
    removeFirst();
  };

  return {
    put(alert) {
      const entry = { alert, characters: countCharacters(alert) };
      let dropped = 0;
      while (size > 0 && (size === limit || characters + entry.characters > maxCharacters)) {
        dropped += 1;
        if (peeked === size) return dropped;
        dropOldest();
      }
      ring[slot(size)] = entry;
      size += 1;
      characters += entry.characters;
      return dropped;
    },
    peek(max) {
      peeked = Math.min(max, size);
      const oldest: Alert[] = [];
      for (let n = 0; n < peeked; n++) {
        const entry = ring[slot(n)];
        if (entry) oldest.push(entry.alert);
      }
      return oldest;
    },
    ack(n) {
      for (let acked = 0; acked < n && size > 0; acked++) removeFirst();
      peeked = 0;
    },
    get size() {
      return size;
    },
  };
}

interface Entry {
  readonly alert: Alert;
  readonly characters: number;
}

function countCharacters(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + countCharacters(part), 0);
}
