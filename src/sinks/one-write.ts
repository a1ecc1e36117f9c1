import { orAborted } from './failure.ts';

/**
 * Makes writes that cannot be called off (to a file, to standard output) keep a sink's promise to end on abort.
 *
 * The write goes on behind the abort, so the next call waits for it instead of starting another: no second thread
 * hangs on a dead disk, and lines never mix. A retry of the same text takes the result of the write under way.
 */
export function oneWriteAtATime(
  write: (text: string) => Promise<void>,
): (text: string, signal: AbortSignal) => Promise<void> {
  let underWay: { readonly text: string; readonly done: Promise<void> } | undefined;

  const start = (text: string) => {
    const done = write(text).finally(() => {
      underWay = undefined;
    });
    underWay = { text, done };
    return done;
  };

  return async (text, signal) => {
    while (underWay && underWay.text !== text) await orAborted(Promise.allSettled([underWay.done]), signal);
    await orAborted(underWay?.done ?? start(text), signal);
  };
}
