import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNetworkConnection } from '../../src/events/network-connection.ts';
import { readInetAddress } from '../../src/events/socket-address.ts';
import type { SigmaEvent } from '../../src/model/sigma-event.ts';
import { eventOf, line, record, syscallBody } from '../support/audit-lines.ts';

const users = { name: () => 'root' };
const anywhere = '0200115CC0000201';

function read(
  call: Readonly<Record<string, string>>,
  saddr = `saddr=${anywhere}0000000000000000`,
): SigmaEvent | undefined {
  const event = eventOf([line(1, 'SYSCALL', syscallBody(call)), line(1, 'SOCKADDR', saddr)]);
  const [syscall] = event.records;
  assert.ok(syscall);
  return createNetworkConnection(event, syscall, users);
}

test('all fields of a connect', () => {
  assert.deepEqual(read({ syscall: '42' }), {
    id: '1795489893.399:1',
    timestampMs: 1_795_489_893_399,
    logsource: { product: 'linux', category: 'network_connection' },
    fields: {
      Image: '/usr/bin/ls',
      User: 'root',
      LogonId: '0',
      ProcessId: '41',
      ParentProcessId: '40',
      TerminalSessionId: '7',
      Auid: '1000',
      EventSource: 'audit',
      Initiated: 'true',
      DestinationIp: '192.0.2.1',
      DestinationPort: '4444',
      DestinationIsIpv6: 'false',
    },
    node: undefined,
    pid: 41,
    ppid: 40,
  });
});

test('an accept has its source, which began', () => {
  for (const syscall of ['43', '288']) {
    const { fields } = read({ syscall }) ?? {};
    assert.deepEqual(
      [fields?.['Initiated'], fields?.['SourceIp'], fields?.['SourcePort'], fields?.['DestinationIp']],
      ['false', '192.0.2.1', '4444', undefined],
    );
  }
});

const calls: readonly (readonly [name: string, call: Readonly<Record<string, string>>, made: boolean])[] = [
  ['a connect that does not wait is under way', { syscall: '42', success: 'no', exit: '-115' }, true],
  ['a connect that was refused', { syscall: '42', success: 'no', exit: '-111' }, false],
  ['a connect that was interrupted', { syscall: '42', success: 'no', exit: '-4' }, false],
  ['an accept that failed', { syscall: '43', success: 'no', exit: '-115' }, false],
  ['a bind', { syscall: '49' }, false],
  ['a datagram that is sent', { syscall: '44' }, false],
  ['a connect of a 32-bit program', { arch: '40000003', syscall: '362' }, true],
  ['... through socketcall', { arch: '40000003', syscall: '102', a0: '3' }, true],
  ['... and another call through it', { arch: '40000003', syscall: '102', a0: '2' }, false],
];
for (const [name, call, made] of calls) {
  test(`${name}: ${made ? 'an event' : 'none'}`, () => assert.equal(read(call) !== undefined, made));
}

test('F39 a connect that io_uring makes', () => {
  const event = eventOf([
    line(1, 'URINGOP', 'uring_op=16 success=yes exit=0 items=0 ppid=40 pid=41 uid=0'),
    line(1, 'SOCKADDR', `saddr=${anywhere}0000000000000000`),
  ]);
  const [call] = event.records;
  assert.ok(call);
  assert.equal(createNetworkConnection(event, call, users)?.fields['DestinationIp'], '192.0.2.1');
});

const addresses: readonly (readonly [name: string, body: string, shown: string | undefined])[] = [
  ['IPv4', 'saddr=020000357F0000010000000000000000', '127.0.0.1 53'],
  ['IPv4, written on a big-endian host', 'saddr=000200357F0000010000000000000000', '127.0.0.1 53'],
  ['IPv4, only what is needed', 'saddr=0200FFFF0A000001', '10.0.0.1 65535'],
  ['IPv6', 'saddr=0A000009000000000000000000000000000000000000000100000000', '::1 9 v6'],
  ['IPv6 without a scope', 'saddr=0A0001BB0000000020010DB8000000000000000000000001', '2001:db8::1 443 v6'],
  ['IPv4 in IPv6', 'saddr=0A00D1C00000000000000000000000000000FFFF7F00000100000000', '127.0.0.1 53696'],
  ['port 0', 'saddr=020000007F0000010000000000000000', '127.0.0.1 0'],
  ['a unix socket', 'saddr=01002F72756E2F6E6F736F636B00', undefined],
  ['netlink', 'saddr=100000000000000000000000', undefined],
  ['no family', 'saddr=00000000000000000000000000000000', undefined],
  ['IPv4 cut off', 'saddr=020000357F00', undefined],
  ['IPv6 cut off', 'saddr=0A00000900000000000000000000000000000000', undefined],
  ['no hex', 'saddr=0200Z', undefined],
  ['nothing', 'x=1', undefined],
  ['ENRICHED', 'saddr=02000009C000020100\x1dSADDR={ saddr_fam=inet laddr=192.0.2.1 lport=9 }', '192.0.2.1 9'],
  ['the text alone', 'SADDR={ saddr_fam=inet6 laddr=2001:db8::1 lport=9 }', '2001:db8::1 9 v6'],
  ['the text in place of the hex', 'saddr={ fam=inet laddr=192.0.2.1 lport=9 }', '192.0.2.1 9'],
  ['the text of IPv4 in IPv6', 'SADDR={ saddr_fam=inet6 laddr=::ffff:192.0.2.1 lport=9 }', '192.0.2.1 9'],
  ['the text of a unix socket', 'SADDR={ saddr_fam=local path=/run/x }', undefined],
];
for (const [name, body, shown] of addresses) {
  test(`the socket address of ${name} is ${shown}`, () => {
    const address = readInetAddress(record(line(1, 'SOCKADDR', body)));
    assert.equal(address && `${address.ip} ${address.port}${address.isIpv6 ? ' v6' : ''}`, shown);
  });
}

test('port 0 and other families make no event', () => {
  assert.equal(read({ syscall: '42' }, 'saddr=020000007F0000010000000000000000'), undefined);
  assert.equal(read({ syscall: '42' }, 'saddr=01002F72756E2F6E6F736F636B00'), undefined);
});

test('IPv6 addresses are written as a URL has them', () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const hex = groups.map((each) => each.toString(16).padStart(4, '0'));
      const address = readInetAddress(
        record(line(1, 'SOCKADDR', `saddr=0A00000900000000${hex.join('').toUpperCase()}`)),
      );
      if (address?.isIpv6 === false) return;
      assert.equal(`[${address?.ip}]`, new URL(`http://[${hex.join(':')}]`).hostname);
    }),
    { numRuns: 500 },
  );
});
