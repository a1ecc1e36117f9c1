import { DeliveryError } from '../model/errors.ts';

/** Settles as `work` does, or rejects as soon as `signal` aborts; `work` itself goes on and may no longer matter. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(interrupted(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const settled = () => signal.removeEventListener('abort', onAbort);
    work.finally(settled).then(resolve, reject);
  });
}

/** What a sink throws when delivery calls it off. */
export function interrupted({ reason }: AbortSignal): DeliveryError {
  return new DeliveryError(reason instanceof Error ? reason.message : 'called off', { retryable: true });
}

/** Any other failure at `place`; whatever its cause outside the program, it may pass. */
export function failedAt(place: string, error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new DeliveryError(`${place}: ${reason}`, { retryable: true, cause: error });
}
