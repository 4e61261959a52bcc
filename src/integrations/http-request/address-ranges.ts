import ipaddr from 'ipaddr.js';
import type { Parsed } from '../../config/variable.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressRange = [Address, number];

/** Azure's host: metadata, name server and health of the virtual machine, at an address that looks public. */
const AZURE_HOST = '168.63.129.16';
const GLOBAL_UNICAST_IPV6: AddressRange = [ipaddr.parse('2000::'), 3];

/** Whether an address belongs to the public internet: in none of the special-purpose ranges, carrying no other address. */
export function isPublicAddress(address: Address): boolean {
  // By exclusion: what the library has a name for is special. It does not name ::/96 and other unassigned IPv6 space.
  if (address.range() !== 'unicast' || address.toString() === AZURE_HOST) return false;
  return address.kind() === 'ipv4' || isInRange(address, GLOBAL_UNICAST_IPV6);
}

export function isInRange(address: Address, [base, bits]: AddressRange): boolean {
  return address.kind() === base.kind() && address.match(base as ipaddr.IPv4 & ipaddr.IPv6, bits);
}

/** `10.0.0.0/8`, `fd00::/8` or a single address. */
export function parseAddressRange(text: string): Parsed<AddressRange> {
  try {
    if (text.includes('/')) return { value: ipaddr.parseCIDR(text) };
    const address = ipaddr.parse(text);
    return { value: [address, address.kind() === 'ipv4' ? 32 : 128] };
  } catch {
    return { mistake: 'must be an address range such as 10.0.0.0/8' };
  }
}
