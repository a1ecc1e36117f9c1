import type { Alert } from './alert.ts';

/**
 * Where alerts go out. A sink never queues, retries or logs: delivery does that once for all of them.
 *
 * `send` resolves when the receiver has taken the whole batch and throws DeliveryError otherwise; it must end soon
 * after `signal` aborts. `close` ends connections and may be called more than once.
 */
export interface Sink {
  send(batch: readonly Alert[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A counter that operators see; monotonic over the life of the process. */
export interface Counter {
  add(n?: number): void;
  readonly value: number;
}
