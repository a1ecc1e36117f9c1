import { type FSWatcher, watch } from 'node:fs';

/** Calls for a look at a log whenever there may be something new in it. */
export interface LogNews {
  /** Calls for looks although nothing told of news. */
  poll(): void;
  close(): void;
}

/**
 * Between two looks while there is news. auditd writes each record on its own, about seven an exec (setlinebuf in
 * auditd-event.c), and to be woken for each costs ten times what reading them does.
 */
const lookEveryMs = 4;
/** From the first write of an event to its last. */
const firstLookMs = 1;

/** Looks in vain before a watch of the folder takes their place. */
const maxVainLooks = 8;

/**
 * While there is news, looks at a steady pace, with no watch that would wake for each write; when there is none, sleeps
 * until the folder changes. Begins with looks.
 *
 * @param look tells whether there was something new
 */
export function createLogNews(folder: string, look: () => boolean): LogNews {
  let watcher: FSWatcher | undefined;
  let looking: NodeJS.Timeout | undefined;
  let vainLooks = 0;

  function wake(): void {
    stopWatching();
    vainLooks = 0;
    looking ??= setTimeout(lookOnce, firstLookMs);
  }

  function lookOnce(): void {
    vainLooks = look() ? 0 : vainLooks + 1;
    // The look may have ended the looking.
    if (!looking) return;
    if (vainLooks >= maxVainLooks) sleep();
    else looking = setTimeout(lookOnce, lookEveryMs);
  }

  function sleep(): void {
    stopLooking();
    watcher = watchFolder(folder, wake);
    // What was written before the watch began.
    if (look()) wake();
  }

  function stopLooking(): void {
    clearTimeout(looking);
    looking = undefined;
  }

  function stopWatching(): void {
    watcher?.close();
    watcher = undefined;
  }

  wake();
  return {
    poll() {
      if (!looking && look()) wake();
    },
    close() {
      stopLooking();
      stopWatching();
    },
  };
}

/** A watch of the folder; where inotify has none left, or takes it back, polling has to do. */
function watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    // It has closed itself after an error.
    return watch(folder, onChange).on('error', () => undefined);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
