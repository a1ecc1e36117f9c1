import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, test } from 'node:test';
import { DeliveryError } from '../../src/model/errors.ts';
import type { Sink } from '../../src/model/stages.ts';
import { createSyslogSink } from '../../src/sinks/syslog.ts';
import { sampleAlert, sampleAlerts } from '../support/alerts.ts';
import { createHeldClock } from '../support/held-clock.ts';
import { freePort, startTcpSyslogReceiver, startUdpSyslogReceiver } from '../support/receivers.ts';
import { noRsyslogd, startRsyslogd } from '../support/rsyslogd.ts';
import { sinkConfig, sinkDeps } from '../support/sinks.ts';

const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const never = new AbortController().signal;
const bounded = { timeout: 30_000 };

function open(protocol: 'tcp' | 'udp', port: number, host?: string, clock = createHeldClock()): Sink {
  const sink = createSyslogSink(sinkConfig.syslog(protocol, port, host), sinkDeps({ clock }));
  cleanups.push(sink.close);
  return sink;
}

const json = (message: Buffer) => JSON.parse(message.toString().replace(/^.*?\] \ufeff/s, ''));
const numbers = (messages: readonly Buffer[]) => messages.map((message) => Number.parseInt(json(message).id, 16));
const hostile = sampleAlert(9, { CommandLine: 'a\nb\0<1>1 \x1b[2J ü \u202e', Image: '' });

test('tcp: messages of any text come back whole from octet counting, over one connection', bounded, async () => {
  const receiver = await startTcpSyslogReceiver();
  cleanups.push(receiver.close);
  const sink = open('tcp', receiver.port);
  for (const n of [0, 10, 20]) await sink.send(sampleAlerts(n, n + 10), never);
  await sink.send([hostile], never);
  const messages = await receiver.waitForMessages(31);
  assert.deepEqual(numbers(messages), [...Array(30).keys(), 9]);
  assert.deepEqual(json(messages.at(-1) ?? Buffer.of()), hostile);
  assert.equal(receiver.connections, 1);
});

test('tcp: after the receiver has ended the connection, the next message arrives over a new one', bounded, async () => {
  const receiver = await startTcpSyslogReceiver();
  cleanups.push(receiver.close);
  const sink = open('tcp', receiver.port);
  for (let n = 0; n < 5; n++) {
    await sink.send([sampleAlert(n)], never);
    await receiver.waitForMessages(n + 1);
    await receiver.hangUp();
  }
  assert.deepEqual(numbers(receiver.messages), [0, 1, 2, 3, 4]);
  assert.equal(receiver.connections, 5);
});

test('tcp: a receiver that restarts is a failure that can be tried again, until it is back', bounded, async () => {
  const first = await startTcpSyslogReceiver();
  const sink = open('tcp', first.port);
  await sink.send([sampleAlert(0)], never);
  await first.waitForMessages(1);
  await first.close();
  for (let n = 0; n < 2; n++) {
    await assert.rejects(
      sink.send([sampleAlert(1)], never),
      (error) => error instanceof DeliveryError && error.retryable,
    );
  }
  const second = await startTcpSyslogReceiver({ port: first.port });
  cleanups.push(second.close);
  await sink.send([sampleAlert(1)], never);
  assert.deepEqual(numbers(await second.waitForMessages(1)), [1]);
});

test(
  'tcp: after an attempt that was called off in the middle of a write, frames are whole again',
  bounded,
  async () => {
    const deaf = await startTcpSyslogReceiver({ deaf: true });
    const sink = open('tcp', deaf.port);
    const long = sampleAlerts(0, 4_000).map((alert) => ({ ...alert, host: { ...alert.host, id: 'x'.repeat(6_000) } }));
    const call = new AbortController();
    const sending = sink.send(long, call.signal);
    setTimeout(() => call.abort(new DeliveryError('too late', { retryable: true })), 200);
    await assert.rejects(sending, { message: 'too late' });
    await deaf.close();
    const receiver = await startTcpSyslogReceiver({ port: deaf.port });
    cleanups.push(receiver.close);
    await sink.send(sampleAlerts(0, 3), never);
    assert.deepEqual(numbers(await receiver.waitForMessages(3)), [0, 1, 2]);
  },
);

test('udp: a message is a datagram; a long one is shortened, not cut', bounded, async () => {
  const receiver = await startUdpSyslogReceiver();
  cleanups.push(receiver.close);
  const sink = open('udp', receiver.port);
  await sink.send([sampleAlert(0), hostile, sampleAlert(1, { CommandLine: 'x'.repeat(100_000) })], never);
  const [plain, whole, long] = await receiver.waitForMessages(3);
  assert.ok(plain && whole && long);
  assert.deepEqual(json(plain), sampleAlert(0));
  assert.deepEqual(json(whole), hostile);
  assert.ok(long.length <= 8_000, `${long.length} bytes`);
  assert.equal(json(long).shortened, true);
});

test('udp: a port that refuses is a failure of that very message, and heals', bounded, async () => {
  const port = await freePort();
  const sink = open('udp', port);
  for (let n = 0; n < 4; n++) {
    await assert.rejects(sink.send([sampleAlert(0)], never), /ECONNREFUSED/);
  }
  const receiver = await startUdpSyslogReceiver({ port });
  cleanups.push(receiver.close);
  await sink.send([sampleAlert(0)], never);
  await receiver.waitForMessages(1);
});

test('udp: after a minute the name is looked up again, over a new socket', bounded, async () => {
  const receiver = await startUdpSyslogReceiver();
  cleanups.push(receiver.close);
  const clock = createHeldClock();
  const sink = open('udp', receiver.port, 'localhost', clock);
  await sink.send([sampleAlert(0)], never);
  clock.advance(60_001);
  await sink.send([sampleAlert(1)], never);
  assert.deepEqual(numbers(await receiver.waitForMessages(2)), [0, 1]);
});

test('a name that does not exist is a failure that can be tried again', bounded, async () => {
  for (const protocol of ['tcp', 'udp'] as const) {
    const call = AbortSignal.timeout(10_000);
    await assert.rejects(
      open(protocol, 514, 'no-such-host.invalid').send([sampleAlert(0)], call),
      (error) => error instanceof DeliveryError && error.retryable,
    );
  }
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

test(`IPv6 addresses work${hasIpv6 ? '' : ' (skipped: no ::1 here)'}`, { ...bounded, skip: !hasIpv6 }, async () => {
  const [tcp, udp] = [await startTcpSyslogReceiver({ host: '::1' }), await startUdpSyslogReceiver({ host: '::1' })];
  cleanups.push(tcp.close, udp.close);
  await open('tcp', tcp.port, '::1').send([sampleAlert(0)], never);
  await open('udp', udp.port, '::1').send([sampleAlert(0)], never);
  await tcp.waitForMessages(1);
  await udp.waitForMessages(1);
});

test(`rsyslogd takes every message apart as it was meant${noRsyslogd ? ` (skipped: ${noRsyslogd})` : ''}`, {
  ...bounded,
  skip: noRsyslogd,
}, async () => {
  const rsyslogd = await startRsyslogd();
  cleanups.push(rsyslogd.close);
  const long = sampleAlert(2, { CommandLine: 'ü'.repeat(100_000) });
  const quoted = { ...sampleAlert(3), rule: { ...sampleAlert(3).rule, id: 'a"b]c\\d' } };
  const alerts = [sampleAlert(0), hostile, long, quoted];
  await open('tcp', rsyslogd.tcpPort).send(alerts, never);
  await rsyslogd.waitForMessages(4);
  const udp = open('udp', rsyslogd.udpPort);
  for (const alert of alerts) await udp.send([alert], never);
  const messages = await rsyslogd.waitForMessages(8);

  for (const input of ['imtcp', 'imudp']) {
    const taken = messages.filter((message) => message.input === input);
    assert.deepEqual(
      taken.map(({ text }) => Number.parseInt(JSON.parse(text.replace(/^\ufeff/, '')).id, 16)),
      [0, 9, 2, 3],
    );
    const [plain, withControls, , withQuotes] = taken;
    assert.deepEqual(plain && { ...plain, text: JSON.parse(plain.text.replace(/^\ufeff/, '')) }, {
      input,
      pri: '131',
      timestamp: sampleAlert(0).timestamp,
      hostname: 'web-1.example.org',
      appName: 'sigmond',
      procId: '4242',
      msgId: 'alert',
      structuredData: `[sigmond@32473 ruleId="${sampleAlert(0).rule.id}" level="high" alertId="${sampleAlert(0).id}"]`,
      text: sampleAlert(0),
    });
    assert.deepEqual(JSON.parse(String(withControls?.text.replace(/^\ufeff/, ''))), hostile);
    assert.match(String(withQuotes?.structuredData), /ruleId="a\\"b\\\]c\\\\d"/);
  }

  const tcp = open('tcp', rsyslogd.tcpPort);
  await tcp.send([sampleAlert(4)], never);
  await rsyslogd.waitForMessages(9);
  await rsyslogd.restart();
  await tcp.send([sampleAlert(5)], never);
  await rsyslogd.waitForMessages(10);
});
