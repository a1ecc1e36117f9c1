import type { SinkConfig } from '../model/config.ts';
import type { Sink } from '../model/stages.ts';
import { createFileSink } from './file.ts';
import { createStdoutSink, type StdoutDeps } from './stdout.ts';
import { createSyslogSink, type SyslogDeps } from './syslog.ts';
import { createWebhookSink, type WebhookDeps } from './webhook.ts';

/** What sinks need of the world; each takes its part. */
export type SinkDeps = StdoutDeps & SyslogDeps & WebhookDeps;

/** Every sink there is: a new one is a file and its line here. Building one does no I/O. */
export function createSink(config: SinkConfig, deps: SinkDeps): Sink {
  switch (config.type) {
    case 'stdout':
      return createStdoutSink(config, deps);
    case 'file':
      return createFileSink(config);
    case 'syslog':
      return createSyslogSink(config, deps);
    case 'webhook':
      return createWebhookSink(config, deps);
  }
}
