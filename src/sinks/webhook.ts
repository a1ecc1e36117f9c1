import { createHash } from 'node:crypto';
import { unescape as decode } from 'node:querystring';
import { Agent, type Dispatcher, errors, request } from 'undici';
import type { Clock } from '../host/clock.ts';
import type { Alert } from '../model/alert.ts';
import type { WebhookSinkConfig } from '../model/config.ts';
import { DeliveryError } from '../model/errors.ts';
import type { Sink } from '../model/stages.ts';
import { safeJson } from '../text/safe-json.ts';
import { failedAt, interrupted } from './failure.ts';

/** An answer's body is of no use but to keep the connection; past these it is cheaper to open a new one. */
const answerLimits = { maxBytes: 64 * 1024, timeoutMs: 1_000 };

/** Statuses below 500 that pass: Request Timeout, Too Early, Too Many Requests. */
const passing: readonly number[] = [408, 425, 429];

export interface WebhookDeps {
  readonly agentVersion: string;
  readonly clock: Clock;
}

/**
 * Alerts as JSON in the body of a POST: one object, or an array when the sink's batches may hold more than one.
 * The headers are those of Standard Webhooks; `webhook-id` is the same for each attempt, so that a receiver can drop
 * what it already has. A 2xx status means taken; redirects are not followed.
 *
 * Errors name the origin only: the path of a webhook is often its secret, as are user info and headers.
 */
export function createWebhookSink(config: WebhookSinkConfig, { agentVersion, clock }: WebhookDeps): Sink {
  const { url, origin, fixedHeaders } = readConfig(config, agentVersion);
  // Delivery's signal ends an attempt; it would not end a connect, which undici keeps for the next attempt.
  const connect = { timeout: config.timeoutMs };
  const agent = new Agent({ connections: 1, connect, headersTimeout: 0, bodyTimeout: 0 });

  async function post(batch: readonly Alert[], signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const headers = {
      ...fixedHeaders,
      'content-type': 'application/json',
      'webhook-id': batchId(batch),
      'webhook-timestamp': String(Math.floor(clock.nowMs() / 1_000)),
    };
    const body = config.batchSize > 1 ? `[${batch.map(safeJson)}]` : batch.map(safeJson).join('');
    try {
      return await request(url, { method: 'POST', dispatcher: agent, headers, body, signal });
    } catch (error) {
      throw signal.aborted ? interrupted(signal) : networkError(error, origin);
    }
  }

  return {
    async send(batch, signal) {
      const { statusCode, headers, body } = await post(batch, signal);
      await discard(body, signal);
      if (statusCode >= 200 && statusCode < 300) return;
      throw new DeliveryError(`${origin} answered ${statusCode}`, {
        retryable: statusCode >= 500 || passing.includes(statusCode),
        retryAfterMs: retryAfterMs(headers['retry-after'], clock.nowMs()),
      });
    },
    close: () => agent.destroy(),
  };
}

function readConfig(config: WebhookSinkConfig, agentVersion: string) {
  const url = new URL(config.url);
  // Unlike decodeURIComponent it leaves a lone % as it is instead of throwing.
  const credentials = [url.username, url.password].map((part) => decode(part)).join(':');
  url.username = '';
  url.password = '';
  const configured = Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const fixedHeaders: Readonly<Record<string, string>> = {
    'user-agent': `sigmond/${agentVersion}`,
    ...(credentials !== ':' && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    ...Object.fromEntries(configured),
  };
  return { url, origin: url.origin, fixedHeaders };
}

/** The alert's id, or 32 hex digits over the ids of a batch. */
function batchId(batch: readonly Alert[]): string {
  const ids = batch.map(({ id }) => id).join('\n');
  return batch.length === 1 ? ids : createHash('sha256').update(ids).digest('hex').slice(0, 32);
}

function networkError(error: unknown, origin: string): DeliveryError {
  // A header that HTTP does not allow will not be allowed tomorrow; undici's text may hold its value.
  if (error instanceof errors.InvalidArgumentError)
    return new DeliveryError(`${origin}: a header is not valid`, { retryable: false });
  return failedAt(origin, error);
}

/** The status has already decided; how the body ends changes nothing but whether the connection can be used again. */
async function discard(body: Dispatcher.ResponseData['body'], signal: AbortSignal): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(answerLimits.timeoutMs)]);
  // Too long or too slow: undici has destroyed the connection, which is all there is to do.
  await body.dump({ limit: answerLimits.maxBytes, signal: limited }).catch(() => undefined);
}

/** Retry-After as seconds or as an HTTP-date, RFC 9110 section 10.2.3; undefined where it says neither. */
function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  // Date.parse alone finds a date in almost anything, `-3` included.
  const dateMs = / GMT$/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
