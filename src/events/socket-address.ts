import type { AuditRecord } from '../model/audit.ts';

/** Where a socket of the internet families leads; of a socket address in IPv6 form that means IPv4, the IPv4 address. */
export interface InetAddress {
  readonly ip: string;
  readonly port: number;
  readonly isIpv6: boolean;
}

/**
 * Reads a SOCKADDR record: `saddr=` is the structure in hex, which ENRICHED repeats as
 * `SADDR={ saddr_fam=inet laddr=192.0.2.1 lport=80 }`.
 *
 * @returns undefined for other families (unix, netlink, unspecified) and for what is cut off
 * @see ip(7) sockaddr_in, ipv6(7) sockaddr_in6
 */
export function readInetAddress(record: AuditRecord): InetAddress | undefined {
  const hex = record.get('saddr') ?? '';
  return /^(?:[0-9A-Fa-f]{2})+$/.test(hex) ? fromBytes(Buffer.from(hex, 'hex')) : fromText(record.get('SADDR') ?? hex);
}

const inet = 2;
const inet6 = 10;

function fromBytes(bytes: Buffer): InetAddress | undefined {
  // The family is in the byte order of the host that wrote the record, and below 256: one of the two bytes is 0.
  const family = (bytes[0] ?? 0) | (bytes[1] ?? 0);
  if (family === inet && bytes.length >= 8) {
    return { ip: bytes.subarray(4, 8).join('.'), port: bytes.readUInt16BE(2), isIpv6: false };
  }
  if (family !== inet6 || bytes.length < 24) return undefined;
  const port = bytes.readUInt16BE(2);
  const address = bytes.subarray(8, 24);
  // A socket for both families reaches IPv4 hosts so (::ffff:192.0.2.1); rules name them as IPv4.
  return address.subarray(0, 12).equals(mappedPrefix)
    ? { ip: address.subarray(12).join('.'), port, isIpv6: false }
    : { ip: toIpv6(address), port, isIpv6: true };
}

const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex');

/** The canonical text of RFC 5952: lower case, the first longest run of zero groups as `::`. */
function toIpv6(address: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, place) => address.readUInt16BE(2 * place).toString(16));
  let start = -1;
  let length = 1;
  for (let from = 0; from < groups.length; from++) {
    let until = from;
    while (groups[until] === '0') until++;
    if (until - from > length) {
      start = from;
      length = until - from;
    }
  }
  if (start < 0) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function fromText(text: string): InetAddress | undefined {
  const [, family, ip, port] = /fam=(inet6?) laddr=([0-9A-Fa-f:.]{2,45}) lport=(\d{1,5})\b/.exec(text) ?? [];
  if (ip === undefined) return undefined;
  const mapped = /^::ffff:([\d.]+)$/i.exec(ip)?.[1];
  return { ip: mapped ?? ip, port: Number(port), isIpv6: family === 'inet6' && mapped === undefined };
}
