import { BlockList, isIP } from 'node:net';

/** Whether a text is an address of the network; text that is no address never is. */
export type Network = (address: string) => boolean;

/** Reads `10.0.0.0/8` or `fe80::/10`; gives what is wrong with it instead when it is no network. */
export function parseNetwork(written: string): Network | string {
  const [address = '', prefix, ...rest] = written.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return `'${written}' is not an IPv4 or IPv6 network`;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const bits = family === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (length < 0 || length > bits) return `'${written}' needs a prefix length from 0 to ${bits}`;
  const first = firstOf(bytesOf(address), length);
  if (!first.equals(bytesOf(address)))
    return `'${written}' is in the middle of a network: write ${spell(first)}/${length}`;
  const network = new BlockList();
  network.addSubnet(address, length, type);
  return (candidate) => isIP(candidate) === family && network.check(candidate, type);
}

/** The bytes of a valid address. */
function bytesOf(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // A URL spells every IPv6 address in one way, without a dotted end.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const groups = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const [before = [], after = []] = groups;
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** The address with all bits behind the prefix at zero. */
function firstOf(address: Buffer, length: number): Buffer {
  return Buffer.from(address.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - 8 * index)))));
}

function spell(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups = address.toString('hex').match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
