import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** When the markers of a load arrived in a file that a follower writes. */
export interface MarkerWatch {
  /** Nanoseconds of CLOCK_MONOTONIC by marker. */
  readonly arrivedNs: ReadonlyMap<string, number>;
  stop(): void;
}

const lookEveryMs = 1;

/** What is written from now on. Looks every millisecond, so a time is up to one late; that costs the same whatever writes the file. */
export function watchForMarkers(path: string): MarkerWatch {
  const fd = openSync(path, 'r');
  const arrivedNs = new Map<string, number>();
  const chunk = Buffer.alloc(1024 * 1024);
  let rest = '';
  let at = fstatSync(fd).size;

  function look(): void {
    const bytes = readSync(fd, chunk, 0, chunk.length, at);
    if (bytes === 0) return;
    const now = Number(process.hrtime.bigint());
    at += bytes;
    const text = rest + chunk.toString('latin1', 0, bytes);
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    for (const [, marker = ''] of text.slice(0, end).matchAll(/bench-marker-(\d+)-/g)) {
      if (!arrivedNs.has(marker)) arrivedNs.set(marker, now);
    }
  }

  const looking = setInterval(look, lookEveryMs);
  return {
    arrivedNs,
    stop() {
      clearInterval(looking);
      look();
      closeSync(fd);
    },
  };
}
