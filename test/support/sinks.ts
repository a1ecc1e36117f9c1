import { PassThrough } from 'node:stream';
import { systemClock } from '../../src/host/clock.ts';
import type {
  DeliveryConfig,
  FileSinkConfig,
  StdoutSinkConfig,
  SyslogSinkConfig,
  WebhookSinkConfig,
} from '../../src/model/config.ts';
import type { SinkDeps } from '../../src/sinks/registry.ts';

const delivery: DeliveryConfig = { name: 'sink', queueSize: 1_000, timeoutMs: 5_000, batchSize: 1, maxAttempts: 0 };

/** A sink's configuration with the defaults of the tests. */
export const sinkConfig = {
  stdout: (format: StdoutSinkConfig['format']): StdoutSinkConfig => ({ ...delivery, type: 'stdout', format }),
  file: (path: string): FileSinkConfig => ({ ...delivery, type: 'file', path }),
  syslog: (protocol: 'tcp' | 'udp', port: number, host = '127.0.0.1'): SyslogSinkConfig => ({
    ...delivery,
    type: 'syslog',
    address: { protocol, host, port },
    format: 'rfc5424',
    facility: 16,
  }),
  webhook: (url: string, more: Partial<WebhookSinkConfig> = {}): WebhookSinkConfig => ({
    ...delivery,
    type: 'webhook',
    url,
    format: 'native',
    headers: {},
    ...more,
  }),
};

export function sinkDeps(more: Partial<SinkDeps> = {}): SinkDeps {
  return { agentVersion: '0.1.0', pid: 4242, clock: systemClock, stdout: new PassThrough(), noColor: false, ...more };
}
