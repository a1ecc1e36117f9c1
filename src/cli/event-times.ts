import { parseTimestamp } from '../text/rfc3339.ts';

/** When events were that are read one after the other. */
export interface EventTimes {
  /** Milliseconds since the epoch; the time of the event before where the timestamp is missing or cannot be read. */
  read(timestamp: unknown, index: number): number;
  /** How many could not be read and which was the first, in words; undefined when all could. */
  readonly problem: string | undefined;
}

export function createEventTimes(): EventTimes {
  let lastMs = 0;
  let unreadable = 0;
  let first = '';

  return {
    read(timestamp, index) {
      if (timestamp === undefined || timestamp === null) return lastMs;
      const timeMs = typeof timestamp === 'string' ? parseTimestamp(timestamp) : undefined;
      if (timeMs !== undefined) lastMs = timeMs;
      else if (unreadable++ === 0) first = `${shown(timestamp)} (index ${index})`;
      return lastMs;
    },
    get problem() {
      if (unreadable === 0) return undefined;
      const many = unreadable === 1 ? '1 timestamp' : `${unreadable} timestamps`;
      return `${many} could not be read, first ${first}; such events are taken at the time of the event before`;
    },
  };
}

function shown(timestamp: unknown): string {
  return typeof timestamp === 'string' ? JSON.stringify(timestamp.slice(0, 100)) : `one that is a ${typeof timestamp}`;
}
