import type { Clock } from '../host/clock.ts';
import type { FileHash, FileHashes } from '../host/file-hashes.ts';
import type { Procfs } from '../host/procfs.ts';
import type { SigmaEvent } from '../model/sigma-event.ts';
import type { Counter } from '../model/stages.ts';

/** The hash of the file that an exec event says runs. */
export type ImageHashes = (event: SigmaEvent) => FileHash;

/** How long a rule waits for it; then the event is judged as if it were not to be had. */
const maxWaitMs = 2000;

/**
 * Looks at /proc/PID/exe while the process lives and has not executed anything else since, and else at the path, where the
 * file has the inode that the event's PATH records name: only they tell what a container's or a chroot's paths mean.
 *
 * @param late counts events that were judged without it because it took too long
 */
export function createImageHashes(
  files: FileHashes,
  procfs: Pick<Procfs, 'image' | 'imagePath'>,
  clock: Clock,
  late: Counter,
): ImageHashes {
  async function atMost(hash: Promise<string | undefined>): Promise<string | undefined> {
    const stop = new AbortController();
    const tooLong = clock.sleep(maxWaitMs, stop.signal).then(() => {
      if (!stop.signal.aborted) late.add();
      return undefined;
    });
    try {
      return await Promise.race([hash, tooLong]);
    } finally {
      stop.abort();
    }
  }

  return (event) => {
    const { pid, fields } = event;
    const image = fields['Image'];
    if (pid === undefined || typeof image !== 'string') return undefined;
    const opened = event.openedFiles?.();
    const isOpened = (id: string): boolean => opened?.includes(id) ?? false;
    const runsIt = (id: string): boolean => isOpened(id) || procfs.image(pid) === image;
    const hash = files.sha256(procfs.imagePath(pid), runsIt) ?? files.sha256(image, isOpened);
    return hash instanceof Promise ? atMost(hash) : hash;
  };
}
