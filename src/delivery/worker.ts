import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../host/clock.ts';
import type { Counters } from '../host/counters.ts';
import type { Logger } from '../host/logger.ts';
import type { Alert } from '../model/alert.ts';
import type { DeliveryConfig } from '../model/config.ts';
import { DeliveryError } from '../model/errors.ts';
import type { Sink } from '../model/stages.ts';
import type { SinkStatus } from '../model/status.ts';
import { backoffMs } from './backoff.ts';
import { createHealth } from './health.ts';
import { createQueue } from './queue.ts';

export interface WorkerContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  /** 0 to less than 1, as Math.random. */
  readonly random: () => number;
}

export interface SinkWorker {
  accept(alert: Alert): void;
  status(): SinkStatus;
  /** Ends a wait between two attempts now. */
  hurry(): void;
  /** Calls off the attempt that is under way and makes no other; what waits stays in the queue. */
  stop(reason: string): void;
  /** Resolves when nothing waits any more, or the attempt that was called off has ended. */
  idle(): Promise<void>;
}

/** Brings the alerts of one queue to one sink, in order, until each has arrived or is given up. */
export function createWorker(config: DeliveryConfig, sink: Sink, context: WorkerContext): SinkWorker {
  const { clock, logger, counters, random } = context;
  const { name, timeoutMs, maxAttempts } = config;
  const count = (what: string) => counters.counter(`sink_${what}_total`, { sink: name });
  const [delivered, retries, dropped, dead] = [count('delivered'), count('retries'), count('dropped'), count('dead')];
  const queue = createQueue(config.queueSize);
  const health = createHealth(name, context);
  let running: Promise<void> | undefined;
  let call: AbortController | undefined;
  let nap: AbortController | undefined;
  let stopped = false;
  /** How many of the next alerts go one at a time, because the receiver refused them as a batch. */
  let single = 0;

  async function run(): Promise<void> {
    while (queue.size > 0 && !stopped) {
      // A sink that is always quick would otherwise keep the event loop, and with it the sources, waiting.
      await turn();
      await settle(queue.peek(single > 0 ? 1 : config.batchSize));
    }
    if (!stopped) health.caughtUp();
    running = undefined;
  }

  async function settle(batch: readonly Alert[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const error = await send(batch);
      if (!error) {
        delivered.add(batch.length);
        health.delivered();
        return ack(batch.length);
      }
      if (stopped) return;
      health.failed(error.message);
      if (!error.retryable && batch.length > 1) {
        // One alert that the receiver cannot take must not cost the others.
        single = batch.length;
        return;
      }
      if (!error.retryable || attempt === maxAttempts) return giveUp(batch, error);
      await sleep(backoffMs(health.failures, random, error.retryAfterMs));
      if (stopped) return;
      retries.add();
    }
  }

  /**
   * One attempt; returns why it failed. It ends when the sink's promise does, not at the time-out: a sink whose write
   * cannot be called off (a hung disk) is never given a second one, and what still arrives late counts as delivered.
   */
  async function send(batch: readonly Alert[]): Promise<DeliveryError | undefined> {
    const attempt = new AbortController();
    const answered = new AbortController();
    call = attempt;
    void clock.sleep(timeoutMs, answered.signal).then(() => {
      if (answered.signal.aborted) return;
      const late = new DeliveryError(`not taken within ${timeoutMs} ms`, { retryable: true });
      health.late(late.message);
      attempt.abort(late);
    });
    try {
      await sink.send(batch, attempt.signal);
      return undefined;
    } catch (error) {
      return error instanceof DeliveryError ? error : bug(error);
    } finally {
      answered.abort();
      call = undefined;
    }
  }

  /** A sink may throw nothing else, so this is a bug of its own; it costs this alert, and no other sink anything. */
  function bug(error: unknown): DeliveryError {
    logger.error({ sink: name, stack: error instanceof Error ? error.stack : undefined }, 'bug in a sink');
    return new DeliveryError(`bug in the sink: ${error}`, { retryable: false, cause: error });
  }

  function giveUp(batch: readonly Alert[], { message: reason }: DeliveryError): void {
    for (const alert of batch) {
      logger.error({ sink: name, alert: alert.id, reason }, 'alert is given up for this sink');
    }
    dead.add(batch.length);
    ack(batch.length);
  }

  function ack(n: number): void {
    queue.ack(n);
    single = Math.max(0, single - n);
  }

  async function sleep(ms: number): Promise<void> {
    nap = new AbortController();
    await clock.sleep(ms, nap.signal);
    nap = undefined;
  }

  function drop(n: number): void {
    if (n === 0) return;
    dropped.add(n);
    health.dropped(n);
  }

  return {
    accept(alert) {
      drop(queue.put(alert));
      if (!stopped) running ??= run();
    },
    status: () => ({
      name,
      delivered: delivered.value,
      pending: queue.size,
      dead: dead.value,
      dropped: dropped.value,
      retries: retries.value,
      lastError: health.lastError,
    }),
    hurry: () => nap?.abort(),
    stop(reason) {
      stopped = true;
      nap?.abort();
      call?.abort(new DeliveryError(reason, { retryable: true }));
    },
    idle: async () => running,
  };
}
