import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Request } from 'express';
import { parseAddressRange } from '../config/address-range.ts';

/** Whether an address is that of a proxy whose X-Forwarded-For is believed: for Express's `trust proxy`. */
export function trustedProxies(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefix, family } of ranges.flatMap((range) => parseAddressRange(range) ?? [])) {
    list.addSubnet(address, prefix, family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Who asks, as far as trusted proxies tell; what is no address is not believed. */
export function clientAddress({ ip, socket }: Request): string {
  return plainAddress(isIP(ip ?? '') === 0 ? socket.remoteAddress : ip);
}

/** `::ffff:10.0.0.1` is how a socket for both families names 10.0.0.1. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** Whose requests are counted together: an address, or the /64 network that one IPv6 client has to itself. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = groups(tail ?? '');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}
