import type { Users } from '../host/users.ts';
import type { AuditEvent, AuditRecord } from '../model/audit.ts';
import type { SigmaEvent } from '../model/sigma-event.ts';
import { actorFields } from './actor.ts';
import { readInetAddress } from './socket-address.ts';
import { toInteger } from './text.ts';

export const networkConnection = { product: 'linux', category: 'network_connection' } as const;

/**
 * The event of a connect, or of an accept where the kernel recorded who was accepted.
 *
 * As in Sysmon the source is who began: Destination* is where a connect leads, Source* is who an accept lets in; our own
 * end is in no record, nor are protocol and names. Nothing is made of port 0, at which nobody listens: the C library
 * connects datagram sockets to it to learn which of its own addresses would be used.
 */
export function createNetworkConnection(event: AuditEvent, call: AuditRecord, users: Users): SigmaEvent | undefined {
  const direction = directionOf(call);
  if (!direction || !isUnderWay(call, direction)) return undefined;
  const record = event.records.find(({ type }) => type === 'SOCKADDR');
  const address = record && readInetAddress(record);
  if (!address || address.port === 0) return undefined;
  const end = direction === 'out' ? 'Destination' : 'Source';
  return {
    id: event.key,
    timestampMs: event.id.timestampMs,
    logsource: networkConnection,
    fields: {
      ...actorFields(call, users),
      Initiated: String(direction === 'out'),
      [`${end}Ip`]: address.ip,
      [`${end}Port`]: String(address.port),
      [`${end}IsIpv6`]: String(address.isIpv6),
    },
    node: event.id.node,
    pid: toInteger(call.get('pid')),
    ppid: toInteger(call.get('ppid')),
  };
}

type Direction = 'out' | 'in';

const directions = new Map<string, Direction>([
  ['connect', 'out'],
  ['accept', 'in'],
  ['accept4', 'in'],
]);

/** The numbers of these calls in socketcall(2), the one door of 32-bit programs, in hex as the record has them. */
const socketCalls = new Map<string, Direction>([
  ['3', 'out'],
  ['5', 'in'],
  ['12', 'in'],
]);

/** IORING_OP_CONNECT and IORING_OP_ACCEPT of linux/io_uring.h. */
const ringOperations = new Map<string, Direction>([
  ['16', 'out'],
  ['13', 'in'],
]);

function directionOf(call: AuditRecord): Direction | undefined {
  if (call.type === 'URINGOP') return ringOperations.get(call.get('uring_op') ?? '');
  const name = call.get('SYSCALL') ?? '';
  return name === 'socketcall' ? socketCalls.get(call.get('a0') ?? '') : directions.get(name);
}

/** EINPROGRESS: a socket that does not wait has begun to connect, and no record tells how it ended. */
const inProgress = '-115';

function isUnderWay(call: AuditRecord, direction: Direction): boolean {
  return call.get('success') === 'yes' || (direction === 'out' && call.get('exit') === inProgress);
}
