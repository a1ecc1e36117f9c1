import type { Clock } from '../host/clock.ts';
import type { SyslogSinkConfig } from '../model/config.ts';
import type { Sink } from '../model/stages.ts';
import { encodeRfc5424 } from './rfc5424.ts';
import { createTcpTransport } from './syslog-tcp.ts';
import type { SyslogTransport } from './syslog-transport.ts';
import { createUdpTransport } from './syslog-udp.ts';

/** rsyslog cuts messages at 8 KiB unless told otherwise, and a longer datagram is likely to be lost as fragments. */
const maxMessageBytes = 8_000;

export interface SyslogDeps {
  readonly pid: number;
  readonly clock: Clock;
}

/** Alerts as RFC 5424 messages over UDP or TCP. */
export function createSyslogSink({ address, facility }: SyslogSinkConfig, { pid, clock }: SyslogDeps): Sink {
  const transport = createTransport(address, clock);
  const options = { facility, pid, maxBytes: maxMessageBytes };
  return {
    send: (batch, signal) =>
      transport.send(
        batch.map((alert) => encodeRfc5424(alert, options)),
        signal,
      ),
    close: () => transport.close(),
  };
}

function createTransport(address: SyslogSinkConfig['address'], clock: Clock): SyslogTransport {
  switch (address.protocol) {
    case 'tcp':
      return createTcpTransport(address);
    case 'udp':
      return createUdpTransport(address, clock);
  }
}
