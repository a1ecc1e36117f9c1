/** When the events of the latest serials were: a serial that comes again with another time is of another boot. */
export interface SerialTimes {
  note(serial: number, timestampMs: number): void;
  /** The newest serial is now this one, so many after the one before; of those between nothing is known. */
  passOver(serial: number, ahead: number): void;
  /** Whether the serial had that time; undefined where it is not known. */
  isOf(serial: number, timestampMs: number): boolean | undefined;
  clear(): void;
}

/** A power of 2, so that the place of a serial goes on over the wrap at 2^32. */
const remembered = 65_536;

export function createSerialTimes(): SerialTimes {
  /** Milliseconds modulo 2^32, which is enough to tell them apart; 0 where nothing is known. */
  const times = new Uint32Array(remembered);

  return {
    note(serial, timestampMs) {
      times[serial % remembered] = shortened(timestampMs);
    },
    passOver(serial, ahead) {
      if (ahead >= remembered) times.fill(0);
      else for (let back = 0; back < ahead; back++) times[(serial - back) & (remembered - 1)] = 0;
    },
    isOf(serial, timestampMs) {
      const known = times[serial % remembered] ?? 0;
      return known === 0 ? undefined : known === shortened(timestampMs);
    },
    clear: () => void times.fill(0),
  };
}

function shortened(timestampMs: number): number {
  return timestampMs >>> 0 || 1;
}
