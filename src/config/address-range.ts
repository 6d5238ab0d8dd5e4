import { isIP } from 'node:net';

/** An IP address, or a range in CIDR notation; undefined when it is neither. */
export function parseAddressRange(
  text: string,
): { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const prefix = length === undefined ? longest : Number(length);
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || prefix > longest)) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether the text is an IP address or a range. */
export function isAddressRange(text: string): boolean {
  return parseAddressRange(text) !== undefined;
}
