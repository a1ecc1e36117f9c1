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
  const network = new BlockList();
  network.addSubnet(address, length, type);
  return (candidate) => isIP(candidate) === family && network.check(candidate, type);
}
