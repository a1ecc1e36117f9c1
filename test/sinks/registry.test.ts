/** The contract that every sink must pass, each against a receiver of its own. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, test } from 'node:test';
import type { Alert } from '../../src/model/alert.ts';
import type { SinkConfig } from '../../src/model/config.ts';
import { DeliveryError } from '../../src/model/errors.ts';
import type { Sink } from '../../src/model/stages.ts';
import { createSink } from '../../src/sinks/registry.ts';
import { sampleAlerts } from '../support/alerts.ts';
import {
  freePort,
  startTcpSyslogReceiver,
  startUdpSyslogReceiver,
  startWebhookReceiver,
} from '../support/receivers.ts';
import { sinkConfig, sinkDeps } from '../support/sinks.ts';
import { waitUntil } from '../support/wait.ts';

interface Receiver {
  readonly sink: Sink;
  /** Ids that have arrived, in order. */
  arrived?(): Promise<readonly string[]>;
  close?(): Promise<void>;
}

interface Contender {
  takes(): Promise<Receiver>;
  fails(): Promise<Receiver>;
  /** Absent where nothing hangs: a datagram and a write to a regular file end at once. */
  hangs?(): Promise<Receiver>;
}

const contenders: Readonly<Record<SinkConfig['type'], Readonly<Record<string, Contender>>>> = {
  stdout: {
    stdout: {
      takes: async () => {
        const stdout = new PassThrough();
        let text = '';
        stdout.on('data', (chunk) => {
          text += chunk;
        });
        const sink = createSink(sinkConfig.stdout('json'), sinkDeps({ stdout }));
        return { sink, arrived: async () => idsOfLines(text) };
      },
      fails: async () => {
        const stdout = new PassThrough();
        stdout.destroy();
        return { sink: createSink(sinkConfig.stdout('json'), sinkDeps({ stdout })) };
      },
      hangs: async () => {
        const stdout = new PassThrough({ highWaterMark: 1 });
        stdout.write('nobody reads this');
        return { sink: createSink(sinkConfig.stdout('json'), sinkDeps({ stdout })) };
      },
    },
  },
  file: {
    file: {
      takes: async () => {
        const folder = await mkdtemp(join(tmpdir(), 'sink-'));
        const path = join(folder, 'alerts.jsonl');
        return {
          sink: createSink(sinkConfig.file(path), sinkDeps()),
          arrived: async () => (existsSync(path) ? idsOfLines(await readFile(path, 'utf8')) : []),
          close: () => rm(folder, { recursive: true }),
        };
      },
      fails: async () => ({ sink: createSink(sinkConfig.file('/dev/null/no-folder/alerts.jsonl'), sinkDeps()) }),
    },
  },
  syslog: {
    'syslog over tcp': {
      takes: async () => {
        const { port, messages, close } = await startTcpSyslogReceiver();
        const sink = createSink(sinkConfig.syslog('tcp', port), sinkDeps());
        return { sink, arrived: async () => messages.map(idOfMessage), close };
      },
      fails: async () => ({ sink: createSink(sinkConfig.syslog('tcp', await freePort()), sinkDeps()) }),
      hangs: async () => {
        const { port, close } = await startTcpSyslogReceiver({ deaf: true });
        return { sink: createSink(sinkConfig.syslog('tcp', port), sinkDeps()), close };
      },
    },
    'syslog over udp': {
      takes: async () => {
        const { port, messages, close } = await startUdpSyslogReceiver();
        const sink = createSink(sinkConfig.syslog('udp', port), sinkDeps());
        return { sink, arrived: async () => messages.map(idOfMessage), close };
      },
      fails: async () => ({ sink: createSink(sinkConfig.syslog('udp', await freePort()), sinkDeps()) }),
    },
  },
  webhook: {
    webhook: {
      takes: async () => {
        const { url, taken, close } = await startWebhookReceiver();
        const sink = createSink(sinkConfig.webhook(url, { batchSize: 10 }), sinkDeps());
        return { sink, arrived: async () => taken().map((alert) => (alert as Alert).id), close };
      },
      fails: async () => {
        const { url, close } = await startWebhookReceiver({ mode: { status: 500 } });
        return { sink: createSink(sinkConfig.webhook(url), sinkDeps()), close };
      },
      hangs: async () => {
        const { url, close } = await startWebhookReceiver({ mode: 'hang' });
        return { sink: createSink(sinkConfig.webhook(url), sinkDeps()), close };
      },
    },
  },
};

for (const [name, contender] of Object.values(contenders).flatMap(Object.entries<Contender>)) {
  describe(name, { timeout: 30_000 }, () => {
    const opened: Receiver[] = [];
    const open = async (start: () => Promise<Receiver>) => {
      const receiver = await start();
      opened.push(receiver);
      return receiver;
    };
    after(async () => {
      for (const { sink, close } of opened) {
        await sink.close();
        await close?.();
      }
    });
    const never = new AbortController().signal;

    test('what it has sent arrives, in order', async () => {
      const { sink, arrived = async () => [] } = await open(contender.takes);
      for (let n = 0; n < 40; n += 4) await sink.send(sampleAlerts(n, n + 4), never);
      await waitUntil(async () => (await arrived()).length >= 40, 'the alerts');
      assert.deepEqual(
        await arrived(),
        sampleAlerts(0, 40).map(({ id }) => id),
      );
    });

    test('what is not taken is a DeliveryError, each time', async () => {
      const { sink } = await open(contender.fails);
      for (let n = 0; n < 3; n++) await assert.rejects(sink.send(sampleAlerts(n, n + 1), never), DeliveryError);
    });

    test('it ends when it is called off before it begins', async () => {
      const { sink } = await open(contender.takes);
      const call = AbortSignal.abort(new DeliveryError('called off', { retryable: true }));
      const [outcome] = await Promise.allSettled([sink.send(sampleAlerts(0, 1), call)]);
      if (outcome?.status === 'rejected') assert.ok(outcome.reason instanceof DeliveryError, String(outcome.reason));
    });

    const { hangs } = contender;
    if (hangs)
      test('it ends when it is called off while its receiver hangs', async () => {
        const { sink } = await open(hangs);
        // More than two kernels' socket buffers hold.
        const batch = sampleAlerts(0, 4_000).map((alert) => ({
          ...alert,
          host: { ...alert.host, id: 'x'.repeat(6_000) },
        }));
        for (let attempt = 0; attempt < 2; attempt++) {
          const call = new AbortController();
          const sending = sink.send(batch, call.signal);
          const reason = new DeliveryError('called off', { retryable: true });
          setTimeout(() => call.abort(reason), 200);
          await assert.rejects(sending, { name: 'DeliveryError', message: 'called off', retryable: true });
        }
      });

    test('it can be closed twice, and without having been used', async () => {
      const { sink } = await open(contender.takes);
      await sink.close();
      const { sink: used } = await open(contender.takes);
      await used.send(sampleAlerts(0, 1), never);
      await used.close();
      await used.close();
    });
  });
}

function idsOfLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).id);
}

function idOfMessage(message: Buffer): string {
  return JSON.parse(message.toString().replace(/^.*?\] \ufeff/s, '')).id;
}
