import type { Clock } from '../host/clock.ts';
import type { Counters } from '../host/counters.ts';
import type { Logger } from '../host/logger.ts';
import type { Alert } from '../model/alert.ts';
import type { DeliveryConfig } from '../model/config.ts';
import type { Sink } from '../model/stages.ts';
import type { SinkStatus } from '../model/status.ts';
import { createWorker } from './worker.ts';

/** How long sinks get to end their connections once everything was called off. */
const closeGraceMs = 1_000;

export interface Delivery {
  /** Gives the alert to every sink's queue; never throws and never waits, whatever state the sinks are in. */
  accept(alert: Alert): void;
  status(): readonly SinkStatus[];
  /** Notes what waits now; the answer tells whether all of that has since arrived, been given up or been dropped. */
  mark(): () => boolean;
  /**
   * Sends what waits for up to `drainMs`, then calls off the rest and closes the sinks.
   *
   * `undelivered` counts each alert once for each sink that has not confirmed it. Calling it again changes nothing.
   */
  close(drainMs: number): Promise<{ undelivered: number }>;
}

/** One queue and one worker for each sink, so that a dead one delays neither matching nor another sink. */
export function createDelivery(options: {
  readonly sinks: readonly { readonly config: DeliveryConfig; readonly sink: Sink }[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly random?: () => number;
}): Delivery {
  const { clock, logger } = options;
  const context = { clock, logger, counters: options.counters, random: options.random ?? Math.random };
  const workers = options.sinks.map(({ config, sink }) => createWorker(config, sink, context));
  let closing: Promise<{ undelivered: number }> | undefined;

  async function close(drainMs: number): Promise<{ undelivered: number }> {
    // The clock's timers let the process end; this one keeps it until the alerts have had their time.
    const keepAlive = setInterval(() => undefined, 60_000);
    for (const worker of workers) worker.hurry();
    await within(clock, drainMs, Promise.all(workers.map((worker) => worker.idle())));
    for (const worker of workers) worker.stop('the agent stops');
    await within(clock, closeGraceMs, Promise.all(workers.map((worker) => worker.idle())));
    await within(clock, closeGraceMs, Promise.all(options.sinks.map(closeSink)));
    clearInterval(keepAlive);

    const left = workers.map((worker) => worker.status()).filter(({ pending }) => pending > 0);
    const undelivered = left.reduce((sum, { pending }) => sum + pending, 0);
    if (undelivered > 0) {
      const sinks = Object.fromEntries(left.map(({ name, pending }) => [name, pending]));
      logger.error({ undelivered, sinks }, 'alerts were not delivered before the agent stopped');
    }
    return { undelivered };
  }

  async function closeSink({ config, sink }: { config: DeliveryConfig; sink: Sink }): Promise<void> {
    try {
      await sink.close();
    } catch (error) {
      logger.warn({ sink: config.name, reason: String(error) }, 'sink did not close');
    }
  }

  return {
    accept(alert) {
      for (const worker of workers) worker.accept(alert);
    },
    status: () => workers.map((worker) => worker.status()),
    mark() {
      // Queues keep the order, so a count of what has left tells which have.
      const targets = workers
        .map((worker) => worker.status())
        .map(({ delivered, dead, pending }) => delivered + dead + pending);
      return () =>
        workers.every((worker, place) => {
          const { delivered, dead, pending } = worker.status();
          // What was pushed out of a full queue is in neither count, but an empty queue holds nothing of it either.
          return pending === 0 || delivered + dead >= (targets[place] ?? 0);
        });
    },
    close(drainMs) {
      closing ??= close(drainMs);
      return closing;
    },
  };
}

async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(ms, done.signal)]);
  done.abort();
}
